"""Where events hold what is the user's own, what of that is AWS's or a route's nevertheless, and what is base64."""

from __future__ import annotations

HTTP = ("alb", "apigw_http", "apigw_rest", "apigw_websocket", "function_url", "vpc_lattice_v1", "vpc_lattice_v2")

#: The user's own part of an event, which ``bodies=True`` shows. What of it a source's ``secret_paths`` do not name is
#: redacted without that setting too; the empty path is the whole event.
BODIES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(HTTP, ("body",)),
    "appsync_events": ("events.*.payload", "result", "error", "outErrors"),
    "appsync_resolver": (
        "arguments", "source", "prev", "info.variables", "info.selectionSetGraphQL", "*.arguments", "*.source", "*.prev",
        "*.info.variables", "*.info.selectionSetGraphQL",
    ),
    "bedrock_agent": ("inputText", "parameters", "requestBody"),
    "bedrock_agent_function": ("inputText", "parameters", "requestBody"),
    "cloudformation_custom_resource": ("ResourceProperties", "OldResourceProperties"),
    "cloudwatch_alarm": (
        "alarmData.configuration", "alarmData.state.reason", "alarmData.state.reasonData",
        "alarmData.previousState.reason", "alarmData.previousState.reasonData",
    ),
    "cloudwatch_logs": ("awslogs.data.logEvents.*.message", "awslogs.data.logEvents.*.extractedFields"),
    "codecommit": ("Records.*.customData",),
    "codepipeline_job": ("*.data.actionConfiguration.configuration.UserParameters",),
    "cognito": ("userName",),
    "config": ("invokingEvent", "ruleParameters"),
    "connect": ("Details.Parameters", "Details.ContactData.Attributes", "Details.ContactData.SegmentAttributes"),
    "direct": ("",),
    "documentdb": ("events.*.event.fullDocument", "events.*.event.updateDescription", "events.*.event.documentKey"),
    "durable": ("InitialExecutionState",),
    "dynamodb": (
        "Records.*.dynamodb.Keys", "Records.*.dynamodb.NewImage", "Records.*.dynamodb.OldImage", "*.dynamodb.Keys",
        "*.dynamodb.NewImage", "*.dynamodb.OldImage", "state",
    ),
    "eventbridge": ("detail",),
    "eventbridge_schedule": ("detail",),
    "eventbridge_scheduler": ("detail",),
    "firehose": ("records.*.data", "records.*.kafkaRecordValue"),
    "iot": (
        "parameters", "attributes", "description", "searchableAttributes", "propagatingAttributes", "deviceInfo.attributes",
        "placementInfo.attributes",
    ),
    "kafka": ("records.*.*.value", "records.*.*.key", "*.value", "*.key"),
    "kinesis": (
        "Records.*.kinesis.data", "Records.*.kinesis.partitionKey", "*.kinesis.data", "*.kinesis.partitionKey", "*.data",
        "*.partitionKey", "state",
    ),
    "lambda_destination": ("requestPayload", "responsePayload", "payload"),
    "lex": (
        "inputTranscript", "transcriptions", "interpretations", "sessionState", "proposedNextState", "currentIntent",
        "alternativeIntents", "recentIntentSummaryView", "kendraResponse",
    ),
    "mq_active": ("messages.*.data", "*.data"),
    "mq_rabbit": ("rmqMessagesByQueue.*.*.data", "*.data"),
    "s3_batch": ("job.userArguments",),
    "s3_object_lambda": ("configuration.payload",),
    "sns": ("Records.*.Sns.Message", "Records.*.Sns.Subject"),
    "sqs": ("Records.*.body", "*.body"),
    "unknown": ("Records.*",),
}  # fmt: skip

#: Parts of what is redacted that are AWS's own, or what a route is found by.
KEPT: dict[str, tuple[str, ...]] = {
    "cloudwatch_logs": (
        "awslogs.data.messageType", "awslogs.data.owner", "awslogs.data.logGroup", "awslogs.data.logStream",
        "awslogs.data.subscriptionFilters", "awslogs.data.logEvents.*.id", "awslogs.data.logEvents.*.timestamp",
    ),
    "direct": ("eventrouter:schedule", "eventrouter:time"),
    "unknown": ("Records.*.eventSource", "Records.*.EventSource"),
}  # fmt: skip

#: What is base64 wherever it stands; of the body of a request the request says it.
ENCODED: dict[str, tuple[str, ...]] = {
    "cloudwatch_logs": ("awslogs.data",),
    "firehose": ("records.*.data", "records.*.kafkaRecordValue"),
    "kafka": ("records.*.*.value", "records.*.*.key", "*.value", "*.key"),
    "kinesis": ("Records.*.kinesis.data", "*.kinesis.data", "*.data"),
    "mq_active": ("messages.*.data", "*.data"),
    "mq_rabbit": ("rmqMessagesByQueue.*.*.data", "*.data"),
}

#: Words of HTTP's own and of AWS's, by source, which stay where they stand: each is one of a few that everybody knows.
_HTTP_WORDS = frozenset({
    "*/*", "application/json", "application/octet-stream", "application/x-www-form-urlencoded", "http", "https",
    "text/event-stream", "text/html", "text/plain", "websocket", "ELB-HealthChecker/2.0",
})  # fmt: skip
WORDS: dict[str, frozenset[str]] = {
    **dict.fromkeys(HTTP, _HTTP_WORDS),
    "appsync_events": frozenset({"ALLOW", "DENY"}),
    "appsync_resolver": frozenset({"ALLOW", "DENY"}),
    "cognito": frozenset({"customEmailSenderRequestV1", "customSMSSenderRequestV1"}),
    "connect": frozenset({"TELEPHONE_NUMBER", "VOIP", "CONTACT_FLOW", "CONNECT_PHONENUMBER_ARN", "EMAIL_ADDRESS"}),
    "durable": frozenset({"EXECUTION", "STARTED"}),
    "lex": frozenset({
        "Scalar", "List", "Composite", "InProgress", "ReadyForFulfillment", "Fulfilled", "Failed", "Waiting", "None",
        "FulfillmentInProgress", "Confirmed", "Denied", "ElicitSlot", "ElicitIntent", "ConfirmIntent", "Delegate", "Close",
    }),
    "sns": frozenset({"String", "String.Array", "Number", "Binary"}),
    "sqs": frozenset({"String", "Number", "Binary"}),
}  # fmt: skip
