"""S3 tells a topic, the topic tells queues, the function reads the queues: three ways to say so.

A body is opened only on routes that say what is in it: whoever may send to a queue could write one that looks like an event.
"""

from __future__ import annotations

from pydantic import BaseModel

from eventrouter import App, S3Event, S3Record, SnsNotification, SqsRecord

app = App(failures="report")

THUMBNAILS: list[str] = []
INDEX: list[str] = []
REVIEWS: list[int] = []


class Review(BaseModel):
    stars: int


@app.s3("photos", event="ObjectCreated:*", via="sqs:images")
def make_thumbnail(record: S3Record) -> None:
    """Bucket and key decide, whatever the notification came in. The message fails if any object in it does."""
    THUMBNAILS.append(record.key)


@app.sqs("image-index")
def add_to_index(record: SqsRecord[SnsNotification[S3Event]]) -> None:
    """The whole shape as AWS names it, for a handler that wants what is around the event too."""
    notification = record.body
    INDEX.extend(f"{item.key} by way of {notification.TopicArn}" for item in notification.Message.Records)


@app.sqs("reviews", unwrap="sns")
def on_review(review: Review) -> None:
    """The payload is the notification's message, or the body itself where the subscription has raw delivery."""
    REVIEWS.append(review.stars)
