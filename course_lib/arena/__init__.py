"""The arena: creators against detectors under rules that hold against cheating, scored and rated. Lesson 15."""
