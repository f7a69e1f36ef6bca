# `cleanup list --format json` as lines for a report; nothing that moves a cursor gets through.
def plain: tostring | gsub("[\\p{C}\\p{Zl}\\p{Zp}]"; "?");
def day: if . == null then "never" else plain | .[:10] end;
def rank: {"stale": 0, "unknown": 1, "recent": 2, "in use": 3}[.] // 4;
.candidates
| sort_by(.verdict | rank)[]
| "\(.verdict | plain)  \(.id | plain)  \"\(.name // "" | plain | .[:60])\"",
  "    created \(.created_at | day), changed \(.updated_at | day), last call \(.last_call | day), \(.references) references",
  (.reasons[] | "    \(plain)")
