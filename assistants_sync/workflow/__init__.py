"""Floor 6: every stage of every job, in order; one module per job.

Plan is given readers, apply is given writers. Nothing here prints, asks or reads the environment.
"""
