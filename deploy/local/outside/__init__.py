"""The world outside, on one machine: an SMS provider that speaks HTTP and a mail server that speaks SMTP.

Each has a page where one sees what a resident would have received. Nothing leaves the machine.
"""
