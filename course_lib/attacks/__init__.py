"""Attacks on the course's own detectors of synthetic faces, and what defends them. Lesson 13.

The victims are networks that this project trained on people who do not exist. Nothing here takes the address of a
service or the file of a product.
"""
