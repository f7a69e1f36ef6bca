"""What `doctor` looks at, a module for each part of a set-up; none of them raises."""
