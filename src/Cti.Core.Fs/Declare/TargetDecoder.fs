// How the place a sink's output goes to is written in YAML: `to`.
namespace Cti.Core.Declare

open System
open Cti.Core

[<RequireQualifiedAccess>]
module internal TargetDecoder =
    let private hour = TimeSpan.FromHours 1.0
    let private limit = ConnectionDecoder.limit

    let private file: Fields<Target> =
        Field.required "path" "where to write, relative to this file" Decode.path
        |> Field.map Target.File

    let private directory: Fields<Target> =
        Field.required "path" "the folder to write into, relative to this file" Decode.path
        |> Field.map Target.Directory

    let private signing: Decoder<Template> =
        Decode.block (
            Field.required
                "secret"
                "the key, `whsec_` and Base64 or any text: a reference such as ${env:SIGNING_SECRET}"
                (Decode.template Literal.template)
        )

    let private request =
        block {
            let! url =
                Field.required "url" "where the records are sent" (Decode.literal OriginWords.url)

            and! verb =
                Field.defaulted
                    "method"
                    "of each request"
                    (Literal.choice "a method" [ SendMethod.Post, "POST"; SendMethod.Put, "PUT" ])
                    SendMethod.Post

            and! body =
                Field.defaulted
                    "body"
                    "what a request holds: lines, an array, or a single record"
                    (Literal.choice
                        "a form of the body"
                        [
                            BodyForm.Ndjson, "ndjson"
                            BodyForm.JsonArray, "json_array"
                            BodyForm.Single, "single"
                        ])
                    BodyForm.Ndjson

            and! contentType =
                Field.optional
                    "content_type"
                    "instead of application/x-ndjson, or application/json"
                    (Decode.literal OriginWords.mediaType)

            and! packing =
                Field.defaulted
                    "compression"
                    "how the body is packed"
                    (Literal.choice "a compression" [ BodyPacking.None, "none"; BodyPacking.Gzip, "gzip" ])
                    BodyPacking.None

            and! signing =
                Field.optional "signing" "signs each request as Standard Webhooks say (HMAC-SHA256)" signing

            return struct (url, verb, body, contentType, packing, signing)
        }

    // What the transport says itself.
    let private ownHeaders =
        [
            "content-type"
            "content-encoding"
            "idempotency-key"
            "webhook-id"
            "webhook-timestamp"
            "webhook-signature"
        ]

    let private httpFaults (target: HttpTarget) =
        [
            for name, _ in target.Connection.Headers do
                if List.contains (name.ToLowerInvariant()) ownHeaders then
                    [ Step.Key "headers"; Step.Key name ],
                    Fault.Conflict(
                        $"the header `%s{name}` is set by cti itself",
                        $"remove `%s{name}`; `content_type`, `compression` and `signing` say what it holds"
                    )

            if target.SigningSecret.IsSome && target.Packing = BodyPacking.Gzip then
                [ Step.Key "compression" ],
                Fault.Conflict(
                    "receivers unpack a body before they check its signature, and disagree on which of the two is signed",
                    "remove `compression`, or `signing`"
                )
        ]

    let private http: Fields<Target> =
        Field.zip (Field.zip request ConnectionDecoder.fields) ConnectionDecoder.maxRedirects
        |> Field.map (fun ((struct (url, verb, body, contentType, packing, signing), connection), redirects) ->
            {
                Url = url
                Method = verb
                Body = body
                ContentType = contentType
                Packing = packing
                SigningSecret = signing
                Connection = connection
                MaxRedirects = redirects
            })
        |> Field.check httpFaults
        |> Field.map Target.Http

    // The words of RFC 5424, section 6: printable ASCII without blanks, of bounded length.
    let private syslogWord (what: string) (longest: int) : Literal<string> =
        let parse (text: string) =
            if text.Length <= longest && SyslogHeader.isWord text then
                Ok text
            else
                Error(Fault.Malformed(what, text, $"1 to %d{longest} printable ASCII characters without blanks"))

        Literal.pattern what "^[!-~]+$" parse id

    let private structuredName: Literal<string> =
        let parse (text: string) =
            if SyslogHeader.isStructuredName text then
                Ok text
            else
                Error(Fault.Malformed("a name of structured data", text, "`cti@32473`"))

        Literal.pattern "structured data name" "^[!#-<>-\\\\^-~]{1,32}$" parse id

    let private header: Fields<SyslogHeader> =
        block {
            let! facility =
                Field.defaulted "facility" "who speaks" (Literal.choice "a facility" SyslogHeader.facilities) 16

            and! severity =
                Field.defaulted "severity" "how loud" (Literal.choice "a severity" SyslogHeader.severities) 5

            and! hostName =
                Field.optional
                    "hostname"
                    "the name this machine gives itself; its own by default"
                    (Decode.literal (syslogWord "a host name" 255))

            and! appName =
                Field.defaulted "app_name" "the name of the program" (syslogWord "a program's name" 48) "cti"

            and! structured =
                Field.optional
                    "structured_data"
                    "elements of structured data by id, each with its parameters"
                    (Decode.mapping structuredName (Decode.mapping structuredName (Decode.literal Literal.text)))

            return
                {
                    Facility = facility
                    Severity = severity
                    HostName = Option.defaultValue "" hostName
                    AppName = appName
                    StructuredData = Option.defaultValue [] structured
                }
        }

    [<Struct; RequireQualifiedAccess>]
    type private SyslogProtocol =
        | Tcp
        | Tls

    let private syslog: Fields<Target> =
        let peer =
            block {
                let! host =
                    Field.required "host" "name or address of the receiver" (Decode.literal Literal.text)

                and! port =
                    Field.optional
                        "port"
                        "6514 for TLS, 601 for TCP by default"
                        (Decode.literal (Literal.int "port" 1 65_535))

                and! protocol =
                    Field.defaulted
                        "protocol"
                        "tls, or tcp in the clear"
                        (Literal.choice "a protocol" [ SyslogProtocol.Tls, "tls"; SyslogProtocol.Tcp, "tcp" ])
                        SyslogProtocol.Tls

                and! tls = ConnectionDecoder.tls
                return struct (host, port, protocol, tls)
            }

        let faults (struct (_, _, protocol, tls: TlsSettings)) =
            let misplaced (key: string) =
                [ Step.Key key ],
                Fault.Conflict($"`%s{key}` is for TLS, but `protocol: tcp` is declared", $"remove `%s{key}`")

            [
                if protocol = SyslogProtocol.Tcp && tls.Authorities.IsSome then
                    misplaced "ca"
                if protocol = SyslogProtocol.Tcp && tls.ClientCertificate.IsSome then
                    misplaced "client_certificate"
            ]

        Field.zip (Field.zip (Field.check faults peer) header) ConnectionDecoder.connectTimeout
        |> Field.map (fun ((struct (host, port, protocol, tls), header), connect) ->
            let isTls = protocol = SyslogProtocol.Tls

            Target.Syslog
                {
                    Host = host
                    Port = Option.defaultValue (if isTls then 6514 else 601) port
                    Security =
                        if isTls then
                            SyslogSecurity.Tls tls
                        else
                            SyslogSecurity.Plain
                    Header = header
                    ConnectTimeout = connect
                })

    let private command: Fields<Target> =
        let grace =
            limit "grace" "from the end of its input until it is killed" hour (TimeSpan.FromSeconds 5.0)

        Field.zip ConnectionDecoder.program grace
        |> Field.map (fun ((run, environment), grace) ->
            Target.Command
                {
                    Run = run
                    Environment = environment
                    Grace = grace
                })

    let private brokerName (what: string) : Literal<string> =
        Literal.text
        |> Literal.refine (fun text ->
            if Text.Encoding.UTF8.GetByteCount text <= 255 then
                Ok text
            else
                Error(Fault.Malformed(what, text, "at most 255 bytes")))

    let private rabbitMq: Fields<Target> =
        block {
            let! url =
                Field.required "url" "the broker, `amqps://broker.example/vhost`" (Decode.literal OriginWords.brokerUrl)

            and! credentials =
                Field.optional "login" "user and password; guest where not given" ConnectionDecoder.credentials

            and! tls = ConnectionDecoder.tls

            and! exchange =
                Field.optional
                    "exchange"
                    "an exchange that exists; the default exchange where not given"
                    (Decode.literal (brokerName "an exchange's name"))

            and! routingKey =
                Field.required
                    "routing_key"
                    "of every message; for the default exchange the queue's name"
                    (Decode.literal (brokerName "a routing key"))

            and! connect = ConnectionDecoder.connectTimeout

            and! heartbeat =
                limit "heartbeat" "a broker that says nothing for two of these is gone" hour (TimeSpan.FromSeconds 30.0)

            return
                Target.RabbitMq
                    {
                        Url = url
                        Credentials = credentials
                        Tls = tls
                        Exchange = Option.defaultValue "" exchange
                        RoutingKey = routingKey
                        ConnectTimeout = connect
                        Heartbeat = heartbeat
                    }
        }

    // The first steps of the server's other URLs.
    let private taken = [ "taxii2"; "lists"; "api"; "health"; "metrics" ]

    let private apiRoot: Literal<Name> =
        Literal.name
        |> Literal.refine (fun name ->
            if List.contains name.Value taken then
                Error(Fault.Malformed("an API root", name.Value, "another name: the server has such a page already"))
            else
                Ok name)

    let private collection: Fields<Target> =
        let line (key: string) (what: string) =
            Field.optional key what (Decode.literal Literal.text)

        block {
            let! root =
                Field.required "api_root" "the first step of its URLs, shared by collections" (Decode.literal apiRoot)

            and! title =
                line "title" "what clients call it; the pipeline's and the sink's name where not given"

            and! description =
                line "description" "what it holds, for who chooses among collections"

            return
                Target.TaxiiCollection
                    {
                        ApiRoot = root
                        Title = title
                        Description = description
                    }
        }

    // What the protocol says itself.
    let private taxiiFaults (target: TaxiiTarget) =
        [
            for name, _ in target.Connection.Headers do
                if List.contains (name.ToLowerInvariant()) [ "accept"; "content-type"; "content-encoding" ] then
                    [ Step.Key "headers"; Step.Key name ],
                    Fault.Conflict(
                        $"the header `%s{name}` is set by cti itself",
                        $"remove `%s{name}`: TAXII says what it holds"
                    )
        ]

    let private taxii: Fields<Target> =
        Field.zip (Field.zip TaxiiWords.place ConnectionDecoder.fields) ConnectionDecoder.maxRedirects
        |> Field.map (fun ((struct (url, collection), connection), redirects) ->
            {
                Url = url
                Collection = collection
                Connection = connection
                MaxRedirects = redirects
            })
        |> Field.check taxiiFaults
        |> Field.map Target.Taxii

    let decoder: Decoder<Target> =
        Decode.union
            "a kind of target"
            "type"
            [
                Decode.case "file" "A file on this machine" file
                Decode.case "directory" "A folder on this machine (`misp_feed`)" directory
                Decode.case "http" "Requests to a web server (a stream sink)" http
                Decode.case "syslog" "Syslog messages over TLS or TCP (a stream sink)" syslog
                Decode.case "command" "A program that acknowledges each record (a stream sink)" command
                Decode.case "rabbitmq" "An exchange of a RabbitMQ broker (a stream sink)" rabbitMq
                Decode.case
                    "taxii_collection"
                    "A collection of the TAXII server that `cti serve` is (`stix_bundle`)"
                    collection
                Decode.case
                    "request_tracker"
                    "Tickets of Request Tracker 5, one per indicator (a stream sink)"
                    (RequestTrackerDecoder.fields |> Field.map Target.RequestTracker)
                Decode.case "taxii" "A collection of a TAXII 2.1 server (a stream sink of `stix_changes`)" taxii
            ]
