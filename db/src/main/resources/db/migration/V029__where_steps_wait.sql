-- Where the children begin that a wave has left to be claimed: those of the highest priority among them, and the earliest due time.
ALTER TYPE tasker.completed_steps ADD ATTRIBUTE left_priority integer;
ALTER TYPE tasker.completed_steps ADD ATTRIBUTE left_since timestamptz;
