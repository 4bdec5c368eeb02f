"""Learning: content, records of reading and watching, question banks, quizzes, learning tasks."""
