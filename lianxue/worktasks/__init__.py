"""Work tasks: notices that ask for an answer (工作任务)."""
