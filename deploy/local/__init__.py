"""The whole system on one machine: real Kafka and PostgreSQL as child processes, the four services, the demonstration.

`artifacts` fetches the servers, `servers` starts them, `supervisor` keeps the services up, `gateway` and `mailbox` are
the resident's telephone and letter box, `demo` plays a pass from prescription to attended hour.
"""
