"""Declarative sync for Vapi voice assistants: YAML definitions, a plan you can trust, an apply.

The house, floor by floor; imports go down only:

- `cli`          argv in, exit code out; the only place that wires, reads the environment, prints
- `workflow`     names every stage, in order
- `views`        plan or event to text; `emulator`: a stand-in of the API that shares no code
- `refresh`      state + reader to live; `recover`: open intents to what became of them;
  `apply`        steps + API + state store to events
- `planning`     the pure core: desired, state and live to plan and steps
- `definitions`  the door to YAML; `state`: the door to where state lives; `vapi`: the door to HTTP
- `resources`    what we know of each kind of thing, as data
- `errors`       every way a run ends badly
- `model`        the nouns
"""

__version__ = "0.1.0"
