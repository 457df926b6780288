"""One file per event source; each is imported when a route names it or its first event arrives."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import (
        _authorizer as _authorizer,
        apigw_websocket as apigw_websocket,
        appsync_authorizer as appsync_authorizer,
        appsync_events as appsync_events,
        appsync_resolver as appsync_resolver,
        bedrock_agent as bedrock_agent,
        bedrock_agent_function as bedrock_agent_function,
        cloudformation_custom_resource as cloudformation_custom_resource,
        cloudwatch_alarm as cloudwatch_alarm,
        cloudwatch_logs as cloudwatch_logs,
        codecommit as codecommit,
        codepipeline_job as codepipeline_job,
        cognito as cognito,
        config as config,
        connect as connect,
        direct as direct,
        documentdb as documentdb,
        durable as durable,
        dynamodb as dynamodb,
        eventbridge as eventbridge,
        eventbridge_schedule as eventbridge_schedule,
        firehose as firehose,
        iot as iot,
        iot_authorizer as iot_authorizer,
        kafka as kafka,
        kinesis as kinesis,
        lambda_destination as lambda_destination,
        lex as lex,
        mq_active as mq_active,
        mq_rabbit as mq_rabbit,
        s3 as s3,
        s3_batch as s3_batch,
        s3_object_lambda as s3_object_lambda,
        secretsmanager_rotation as secretsmanager_rotation,
        ses as ses,
        sns as sns,
        sqs as sqs,
        transfer_family as transfer_family,
    )


def __getattr__(name: str) -> object:
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{name}":
            raise
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
