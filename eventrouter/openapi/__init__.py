"""OpenAPI 3.1 from an app's routes: ``app.openapi()``, ``app.docs("/docs")`` and ``eventrouter openapi APP``.

https://spec.openapis.org/oas/v3.1.1.html
"""
