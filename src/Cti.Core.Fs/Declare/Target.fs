// Where a sink's output goes, as declared. A sink that holds a set writes a file; one that tells changes may also send them.
namespace Cti.Core.Declare

open System
open Cti.Core

[<Struct; RequireQualifiedAccess>]
type SendMethod =
    | Post
    | Put

/// What the body of a request holds.
[<Struct; RequireQualifiedAccess>]
type BodyForm =
    /// The records as they are rendered, one per line.
    | Ndjson
    | JsonArray
    /// One record per request.
    | Single

[<Struct; RequireQualifiedAccess>]
type BodyPacking =
    | None
    | Gzip

/// Requests to a web server.
type HttpTarget =
    {
        Url: Template
        Method: SendMethod
        Body: BodyForm
        /// By default what the body's form says.
        ContentType: string option
        Packing: BodyPacking
        /// The key that requests are signed with (Standard Webhooks).
        SigningSecret: Template option
        Connection: HttpConnection
        MaxRedirects: int
    }

[<RequireQualifiedAccess>]
type SyslogSecurity =
    | Plain
    | Tls of TlsSettings

/// Messages of RFC 5424 over TCP, octets counted.
type SyslogTarget =
    {
        Host: string
        Port: int
        Security: SyslogSecurity
        /// What every message says of itself; its host name is empty where this machine's is meant.
        Header: SyslogHeader
        ConnectTimeout: TimeSpan
    }

/// A program that takes records on its standard input and acknowledges each on its standard output.
type CommandTarget =
    {
        /// The program and its arguments: no shell looks at them.
        Run: Template list
        Environment: (string * Template) list
        /// From the end of its input to the kill.
        Grace: TimeSpan
    }

/// An exchange of a RabbitMQ broker.
type RabbitMqTarget =
    {
        /// amqp or amqps; its path is the virtual host.
        Url: Template
        Credentials: BasicCredentials option
        Tls: TlsSettings
        /// Empty for the default exchange, whose routing keys are the names of queues.
        Exchange: string
        RoutingKey: string
        ConnectTimeout: TimeSpan
        Heartbeat: TimeSpan
    }

/// A collection of the TAXII 2.1 server that `cti serve` is. Kept in the pipeline's store.
type CollectionTarget =
    {
        /// The API root it is part of: the first step of its URLs.
        ApiRoot: Name
        Title: string option
        Description: string option
    }

/// A queue of Request Tracker 5, by its REST API 2.0: one ticket per indicator.
type RequestTrackerTarget =
    {
        /// Where people find RT; the API is below it.
        Url: Template
        /// An authentication token of RT's; none: `Connection` says who asks.
        Token: Template option
        Queue: string
        Rules: TicketRules
        Connection: HttpConnection
        MaxRedirects: int
    }

/// A collection of a TAXII 2.1 server that is written to.
type TaxiiTarget =
    {
        /// Of the discovery, an API root or a collection.
        Url: Template
        /// Id, alias or title; none where the URL says it, or there is only one that may be written.
        Collection: string option
        Connection: HttpConnection
        MaxRedirects: int
    }

/// Where a sink's output goes.
[<RequireQualifiedAccess>]
type Target =
    | File of path: string
    /// A folder, for outputs of several files.
    | Directory of path: string
    | Http of HttpTarget
    | Syslog of SyslogTarget
    | Command of CommandTarget
    | RabbitMq of RabbitMqTarget
    | TaxiiCollection of CollectionTarget
    | RequestTracker of RequestTrackerTarget
    | Taxii of TaxiiTarget
