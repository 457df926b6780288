"""AsyncAPI 3.0 from an app's routes but those of requests: ``app.asyncapi()`` and ``eventrouter asyncapi APP``.

https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""
