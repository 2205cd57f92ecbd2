"""The whole system on one machine: real Kafka and PostgreSQL as child processes, the four services, the demonstration.

`artifacts` fetches the servers, `servers` starts them, `system` adds the services and keeps them up, `outside` is the
resident's telephone and letter box, `demo` plays whole passes from prescription to attended hour.
"""
