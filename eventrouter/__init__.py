"""One AWS Lambda function, every trigger: typed handlers for HTTP, queues, topics, streams and schedules.

Names are imported when they are first asked for: a cold start pays for what a function uses.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._calls import Call as Call
    from ._explanation import Explanation as Explanation, RouteInfo as RouteInfo
    from ._parse import parse as parse
    from ._sniff import register as register, sniff as sniff
    from .answers import ACK as ACK, DROPPED as DROPPED, Allow as Allow, AllowDevice as AllowDevice, Deny as Deny
    from .app import App as App
    from .batch import BackgroundTasks as BackgroundTasks, Batch as Batch, Item as Item, Window as Window
    from .context import (
        Invocation as Invocation,
        LambdaContext as LambdaContext,
        current_invocation as current_invocation,
    )
    from .errors import (
        CognitoError as CognitoError,
        DependencyError as DependencyError,
        EventDecodeError as EventDecodeError,
        EventRouterError as EventRouterError,
        HandlerCancelledError as HandlerCancelledError,
        HandlerStoppedError as HandlerStoppedError,
        HandlerTimeoutError as HandlerTimeoutError,
        HTTPException as HTTPException,
        LoopError as LoopError,
        NameResolutionError as NameResolutionError,
        NoRouteError as NoRouteError,
        NotReachedError as NotReachedError,
        PayloadError as PayloadError,
        ProcessingFailed as ProcessingFailed,
        RegistrationError as RegistrationError,
        ReplyError as ReplyError,
        RequestValidationError as RequestValidationError,
        ResponseTooLargeError as ResponseTooLargeError,
        ResponseValidationError as ResponseValidationError,
        RuntimeApiError as RuntimeApiError,
        ShutdownError as ShutdownError,
        Unauthorized as Unauthorized,
    )
    from .forms import FormData as FormData, UploadFile as UploadFile
    from .models.alb import AlbEvent as AlbEvent
    from .models.apigw_authorizer import (
        HttpAuthorizerEvent as HttpAuthorizerEvent,
        RequestAuthorizerEvent as RequestAuthorizerEvent,
        TokenAuthorizerEvent as TokenAuthorizerEvent,
    )
    from .models.apigw_http import ApiGatewayProxyEventV2 as ApiGatewayProxyEventV2
    from .models.apigw_rest import ApiGatewayProxyEvent as ApiGatewayProxyEvent
    from .models.apigw_websocket import WebSocketEvent as WebSocketEvent
    from .models.appsync import (
        AppSyncAuthorizerEvent as AppSyncAuthorizerEvent,
        AppSyncBatchEvent as AppSyncBatchEvent,
        AppSyncEvent as AppSyncEvent,
        AppSyncEventsEvent as AppSyncEventsEvent,
    )
    from .models.bedrock_agent import (
        BedrockAgentEvent as BedrockAgentEvent,
        BedrockAgentFunctionEvent as BedrockAgentFunctionEvent,
    )
    from .models.cloudformation_custom_resource import CloudFormationEvent as CloudFormationEvent
    from .models.cloudwatch_alarm import CloudWatchAlarmEvent as CloudWatchAlarmEvent
    from .models.cloudwatch_logs import LogEvent as LogEvent, LogsEvent as LogsEvent
    from .models.codecommit import CodeCommitEvent as CodeCommitEvent, CodeCommitRecord as CodeCommitRecord
    from .models.codepipeline_job import CodePipelineJobEvent as CodePipelineJobEvent
    from .models.cognito import (
        CognitoCreateAuthChallengeEvent as CognitoCreateAuthChallengeEvent,
        CognitoCustomEmailSenderEvent as CognitoCustomEmailSenderEvent,
        CognitoCustomMessageEvent as CognitoCustomMessageEvent,
        CognitoCustomSMSSenderEvent as CognitoCustomSMSSenderEvent,
        CognitoDefineAuthChallengeEvent as CognitoDefineAuthChallengeEvent,
        CognitoEvent as CognitoEvent,
        CognitoPostAuthenticationEvent as CognitoPostAuthenticationEvent,
        CognitoPostConfirmationEvent as CognitoPostConfirmationEvent,
        CognitoPreAuthenticationEvent as CognitoPreAuthenticationEvent,
        CognitoPreSignUpEvent as CognitoPreSignUpEvent,
        CognitoPreTokenGenerationEvent as CognitoPreTokenGenerationEvent,
        CognitoUserMigrationEvent as CognitoUserMigrationEvent,
        CognitoVerifyAuthChallengeEvent as CognitoVerifyAuthChallengeEvent,
    )
    from .models.config import ConfigEvent as ConfigEvent
    from .models.connect import ConnectEvent as ConnectEvent
    from .models.direct import DirectEvent as DirectEvent, UnknownEvent as UnknownEvent
    from .models.documentdb import DocumentDBEvent as DocumentDBEvent, DocumentDBRecord as DocumentDBRecord
    from .models.durable import DurableEvent as DurableEvent
    from .models.dynamodb import Change as Change, DynamoDBEvent as DynamoDBEvent, DynamoDBRecord as DynamoDBRecord
    from .models.eventbridge import EventBridgeEvent as EventBridgeEvent, ScheduledEvent as ScheduledEvent
    from .models.firehose import (
        FirehoseEvent as FirehoseEvent,
        FirehoseRecord as FirehoseRecord,
        FirehoseResult as FirehoseResult,
    )
    from .models.function_url import FunctionUrlEvent as FunctionUrlEvent
    from .models.iot import (
        IotAuthorizerEvent as IotAuthorizerEvent,
        IotButtonEvent as IotButtonEvent,
        IotOneClickEvent as IotOneClickEvent,
        IotProvisioningEvent as IotProvisioningEvent,
        IotThingEvent as IotThingEvent,
        IotThingGroupEvent as IotThingGroupEvent,
        IotThingGroupHierarchyEvent as IotThingGroupHierarchyEvent,
        IotThingGroupMembershipEvent as IotThingGroupMembershipEvent,
        IotThingTypeAssociationEvent as IotThingTypeAssociationEvent,
        IotThingTypeEvent as IotThingTypeEvent,
    )
    from .models.kafka import KafkaEvent as KafkaEvent, KafkaRecord as KafkaRecord
    from .models.kinesis import KinesisEvent as KinesisEvent, KinesisRecord as KinesisRecord
    from .models.lambda_destination import LambdaDestinationEvent as LambdaDestinationEvent
    from .models.lex import LexEvent as LexEvent, LexV1Event as LexV1Event
    from .models.mq import (
        ActiveMqEvent as ActiveMqEvent,
        ActiveMqRecord as ActiveMqRecord,
        RabbitMqEvent as RabbitMqEvent,
        RabbitMqRecord as RabbitMqRecord,
    )
    from .models.s3 import S3Event as S3Event, S3Record as S3Record
    from .models.s3_batch import S3BatchEvent as S3BatchEvent, S3BatchTask as S3BatchTask
    from .models.s3_object_lambda import S3ObjectLambdaEvent as S3ObjectLambdaEvent
    from .models.secretsmanager_rotation import SecretsManagerRotationEvent as SecretsManagerRotationEvent
    from .models.ses import SesEvent as SesEvent, SesRecord as SesRecord
    from .models.sns import SnsEvent as SnsEvent, SnsNotification as SnsNotification, SnsRecord as SnsRecord
    from .models.sqs import SqsEvent as SqsEvent, SqsRecord as SqsRecord
    from .models.transfer_family import (
        TransferFamilyAuthorizerEvent as TransferFamilyAuthorizerEvent,
        TransferFamilyWorkflowEvent as TransferFamilyWorkflowEvent,
    )
    from .models.vpc_lattice import VpcLatticeEvent as VpcLatticeEvent, VpcLatticeV2Event as VpcLatticeV2Event
    from .params import (
        Body as Body,
        Cookie as Cookie,
        Depends as Depends,
        File as File,
        Form as Form,
        Header as Header,
        Path as Path,
        Query as Query,
    )
    from .request import Headers as Headers, MultiDict as MultiDict, Request as Request
    from .response import (
        BufferedResponse as BufferedResponse,
        FunctionResponse as FunctionResponse,
        Prelude as Prelude,
        Response as Response,
        StreamingResponse as StreamingResponse,
    )
    from .router import Router as Router
    from .source import HttpShape as HttpShape, Outcome as Outcome, Pattern as Pattern, Source as Source
    from .sources.cloudformation_custom_resource import CloudFormationResponse as CloudFormationResponse
    from .streams import EventStream as EventStream, FileResponse as FileResponse, ServerSentEvent as ServerSentEvent
    from .types import StreamTrigger as StreamTrigger

#: Where each public name stands.
_WHERE = {
    "ACK": "answers",
    "ActiveMqEvent": "models.mq",
    "ActiveMqRecord": "models.mq",
    "AlbEvent": "models.alb",
    "Allow": "answers",
    "AllowDevice": "answers",
    "ApiGatewayProxyEvent": "models.apigw_rest",
    "ApiGatewayProxyEventV2": "models.apigw_http",
    "App": "app",
    "AppSyncAuthorizerEvent": "models.appsync",
    "AppSyncBatchEvent": "models.appsync",
    "AppSyncEvent": "models.appsync",
    "AppSyncEventsEvent": "models.appsync",
    "BackgroundTasks": "batch",
    "Batch": "batch",
    "BedrockAgentEvent": "models.bedrock_agent",
    "BedrockAgentFunctionEvent": "models.bedrock_agent",
    "Body": "params",
    "BufferedResponse": "response",
    "Call": "_calls",
    "Change": "models.dynamodb",
    "CloudFormationEvent": "models.cloudformation_custom_resource",
    "CloudFormationResponse": "sources.cloudformation_custom_resource",
    "CloudWatchAlarmEvent": "models.cloudwatch_alarm",
    "CodeCommitEvent": "models.codecommit",
    "CodeCommitRecord": "models.codecommit",
    "CodePipelineJobEvent": "models.codepipeline_job",
    "CognitoCreateAuthChallengeEvent": "models.cognito",
    "CognitoCustomEmailSenderEvent": "models.cognito",
    "CognitoCustomMessageEvent": "models.cognito",
    "CognitoCustomSMSSenderEvent": "models.cognito",
    "CognitoDefineAuthChallengeEvent": "models.cognito",
    "CognitoError": "errors",
    "CognitoEvent": "models.cognito",
    "CognitoPostAuthenticationEvent": "models.cognito",
    "CognitoPostConfirmationEvent": "models.cognito",
    "CognitoPreAuthenticationEvent": "models.cognito",
    "CognitoPreSignUpEvent": "models.cognito",
    "CognitoPreTokenGenerationEvent": "models.cognito",
    "CognitoUserMigrationEvent": "models.cognito",
    "CognitoVerifyAuthChallengeEvent": "models.cognito",
    "ConfigEvent": "models.config",
    "ConnectEvent": "models.connect",
    "Cookie": "params",
    "current_invocation": "context",
    "Deny": "answers",
    "DependencyError": "errors",
    "Depends": "params",
    "DirectEvent": "models.direct",
    "DocumentDBEvent": "models.documentdb",
    "DocumentDBRecord": "models.documentdb",
    "DROPPED": "answers",
    "DurableEvent": "models.durable",
    "DynamoDBEvent": "models.dynamodb",
    "DynamoDBRecord": "models.dynamodb",
    "EventBridgeEvent": "models.eventbridge",
    "EventDecodeError": "errors",
    "EventRouterError": "errors",
    "EventStream": "streams",
    "Explanation": "_explanation",
    "File": "params",
    "FileResponse": "streams",
    "FirehoseEvent": "models.firehose",
    "FirehoseRecord": "models.firehose",
    "FirehoseResult": "models.firehose",
    "Form": "params",
    "FormData": "forms",
    "FunctionResponse": "response",
    "FunctionUrlEvent": "models.function_url",
    "HandlerCancelledError": "errors",
    "HandlerStoppedError": "errors",
    "HandlerTimeoutError": "errors",
    "Header": "params",
    "Headers": "request",
    "HttpAuthorizerEvent": "models.apigw_authorizer",
    "HTTPException": "errors",
    "HttpShape": "source",
    "Invocation": "context",
    "IotAuthorizerEvent": "models.iot",
    "IotButtonEvent": "models.iot",
    "IotOneClickEvent": "models.iot",
    "IotProvisioningEvent": "models.iot",
    "IotThingEvent": "models.iot",
    "IotThingGroupEvent": "models.iot",
    "IotThingGroupHierarchyEvent": "models.iot",
    "IotThingGroupMembershipEvent": "models.iot",
    "IotThingTypeAssociationEvent": "models.iot",
    "IotThingTypeEvent": "models.iot",
    "Item": "batch",
    "KafkaEvent": "models.kafka",
    "KafkaRecord": "models.kafka",
    "KinesisEvent": "models.kinesis",
    "KinesisRecord": "models.kinesis",
    "LambdaContext": "context",
    "LambdaDestinationEvent": "models.lambda_destination",
    "LexEvent": "models.lex",
    "LexV1Event": "models.lex",
    "LogEvent": "models.cloudwatch_logs",
    "LogsEvent": "models.cloudwatch_logs",
    "LoopError": "errors",
    "MultiDict": "request",
    "NameResolutionError": "errors",
    "NoRouteError": "errors",
    "NotReachedError": "errors",
    "Outcome": "source",
    "parse": "_parse",
    "Path": "params",
    "Pattern": "source",
    "PayloadError": "errors",
    "Prelude": "response",
    "ProcessingFailed": "errors",
    "Query": "params",
    "RabbitMqEvent": "models.mq",
    "RabbitMqRecord": "models.mq",
    "register": "_sniff",
    "RegistrationError": "errors",
    "ReplyError": "errors",
    "Request": "request",
    "RequestAuthorizerEvent": "models.apigw_authorizer",
    "RequestValidationError": "errors",
    "Response": "response",
    "ResponseTooLargeError": "errors",
    "ResponseValidationError": "errors",
    "RuntimeApiError": "errors",
    "ShutdownError": "errors",
    "RouteInfo": "_explanation",
    "Router": "router",
    "S3BatchEvent": "models.s3_batch",
    "S3BatchTask": "models.s3_batch",
    "S3Event": "models.s3",
    "S3ObjectLambdaEvent": "models.s3_object_lambda",
    "S3Record": "models.s3",
    "ScheduledEvent": "models.eventbridge",
    "SecretsManagerRotationEvent": "models.secretsmanager_rotation",
    "ServerSentEvent": "streams",
    "SesEvent": "models.ses",
    "SesRecord": "models.ses",
    "sniff": "_sniff",
    "SnsEvent": "models.sns",
    "SnsNotification": "models.sns",
    "SnsRecord": "models.sns",
    "Source": "source",
    "SqsEvent": "models.sqs",
    "SqsRecord": "models.sqs",
    "StreamingResponse": "response",
    "StreamTrigger": "types",
    "TokenAuthorizerEvent": "models.apigw_authorizer",
    "TransferFamilyAuthorizerEvent": "models.transfer_family",
    "TransferFamilyWorkflowEvent": "models.transfer_family",
    "Unauthorized": "errors",
    "UnknownEvent": "models.direct",
    "UploadFile": "forms",
    "VpcLatticeEvent": "models.vpc_lattice",
    "VpcLatticeV2Event": "models.vpc_lattice",
    "WebSocketEvent": "models.apigw_websocket",
    "Window": "batch",
}

__all__ = [
    "ACK",
    "DROPPED",
    "ActiveMqEvent",
    "ActiveMqRecord",
    "AlbEvent",
    "Allow",
    "AllowDevice",
    "ApiGatewayProxyEvent",
    "ApiGatewayProxyEventV2",
    "App",
    "AppSyncAuthorizerEvent",
    "AppSyncBatchEvent",
    "AppSyncEvent",
    "AppSyncEventsEvent",
    "BackgroundTasks",
    "Batch",
    "BedrockAgentEvent",
    "BedrockAgentFunctionEvent",
    "Body",
    "BufferedResponse",
    "Call",
    "Change",
    "CloudFormationEvent",
    "CloudFormationResponse",
    "CloudWatchAlarmEvent",
    "CodeCommitEvent",
    "CodeCommitRecord",
    "CodePipelineJobEvent",
    "CognitoCreateAuthChallengeEvent",
    "CognitoCustomEmailSenderEvent",
    "CognitoCustomMessageEvent",
    "CognitoCustomSMSSenderEvent",
    "CognitoDefineAuthChallengeEvent",
    "CognitoError",
    "CognitoEvent",
    "CognitoPostAuthenticationEvent",
    "CognitoPostConfirmationEvent",
    "CognitoPreAuthenticationEvent",
    "CognitoPreSignUpEvent",
    "CognitoPreTokenGenerationEvent",
    "CognitoUserMigrationEvent",
    "CognitoVerifyAuthChallengeEvent",
    "ConfigEvent",
    "ConnectEvent",
    "Cookie",
    "Deny",
    "DependencyError",
    "Depends",
    "DirectEvent",
    "DocumentDBEvent",
    "DocumentDBRecord",
    "DurableEvent",
    "DynamoDBEvent",
    "DynamoDBRecord",
    "EventBridgeEvent",
    "EventDecodeError",
    "EventRouterError",
    "EventStream",
    "Explanation",
    "File",
    "FileResponse",
    "FirehoseEvent",
    "FirehoseRecord",
    "FirehoseResult",
    "Form",
    "FormData",
    "FunctionResponse",
    "FunctionUrlEvent",
    "HTTPException",
    "HandlerCancelledError",
    "HandlerStoppedError",
    "HandlerTimeoutError",
    "Header",
    "Headers",
    "HttpAuthorizerEvent",
    "HttpShape",
    "Invocation",
    "IotAuthorizerEvent",
    "IotButtonEvent",
    "IotOneClickEvent",
    "IotProvisioningEvent",
    "IotThingEvent",
    "IotThingGroupEvent",
    "IotThingGroupHierarchyEvent",
    "IotThingGroupMembershipEvent",
    "IotThingTypeAssociationEvent",
    "IotThingTypeEvent",
    "Item",
    "KafkaEvent",
    "KafkaRecord",
    "KinesisEvent",
    "KinesisRecord",
    "LambdaContext",
    "LambdaDestinationEvent",
    "LexEvent",
    "LexV1Event",
    "LogEvent",
    "LogsEvent",
    "LoopError",
    "MultiDict",
    "NameResolutionError",
    "NoRouteError",
    "NotReachedError",
    "Outcome",
    "Path",
    "Pattern",
    "PayloadError",
    "Prelude",
    "ProcessingFailed",
    "Query",
    "RabbitMqEvent",
    "RabbitMqRecord",
    "RegistrationError",
    "ReplyError",
    "Request",
    "RequestAuthorizerEvent",
    "RequestValidationError",
    "Response",
    "ResponseTooLargeError",
    "ResponseValidationError",
    "RouteInfo",
    "Router",
    "RuntimeApiError",
    "S3BatchEvent",
    "S3BatchTask",
    "S3Event",
    "S3ObjectLambdaEvent",
    "S3Record",
    "ScheduledEvent",
    "SecretsManagerRotationEvent",
    "ServerSentEvent",
    "SesEvent",
    "SesRecord",
    "ShutdownError",
    "SnsEvent",
    "SnsNotification",
    "SnsRecord",
    "Source",
    "SqsEvent",
    "SqsRecord",
    "StreamTrigger",
    "StreamingResponse",
    "TokenAuthorizerEvent",
    "TransferFamilyAuthorizerEvent",
    "TransferFamilyWorkflowEvent",
    "Unauthorized",
    "UnknownEvent",
    "UploadFile",
    "VpcLatticeEvent",
    "VpcLatticeV2Event",
    "WebSocketEvent",
    "Window",
    "__version__",
    "current_invocation",
    "parse",
    "register",
    "sniff",
]


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
