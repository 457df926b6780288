"""Other people's libraries around an app. The core imports none of this until a route asks for it."""
