// How the place a source's bytes come from is written in YAML: `from`.
namespace Cti.Core.Declare

open System

[<RequireQualifiedAccess>]
module internal OriginDecoder =
    let private template = Decode.template Literal.template
    let private path = Decode.pathTemplate
    let private hour = TimeSpan.FromHours 1.0
    let private day = TimeSpan.FromDays 1.0

    let private compression: Fields<Compression> =
        Field.defaulted "compression" "auto looks at the first bytes" Words.compression Compression.Auto

    let private maxBytes =
        Field.defaulted "max_bytes" "largest size, in bytes; more ends the reading" OriginWords.maxBytes 256_000_000L

    let private file: Fields<Origin> =
        block {
            let! paths =
                Field.required
                    "path"
                    "a path or glob, or a list of them, relative to this file"
                    (Decode.oneOrMany "path" path)

            and! compression = compression

            and! entries =
                Field.optional
                    "member"
                    "which entries of a zip archive to read, by `*` and `?`; all of them by default"
                    (Decode.literal Literal.text)

            return
                Origin.File
                    {
                        Paths = paths
                        Compression = compression
                        Member = entries
                    }
        }

    let private httpMethod =
        Literal.choice "a method" [ HttpMethod.Get, "GET"; HttpMethod.Post, "POST" ]

    // What is asked for, and who asks.
    let private request =
        block {
            let! url =
                Field.required "url" "where the feed is served" (Decode.literal OriginWords.url)

            and! verb =
                Field.defaulted "method" "GET, or POST with a body" httpMethod HttpMethod.Get

            and! body = Field.optional "body" "body of a POST" template

            return struct (url, verb, body)
        }

    // What the answer may cost.
    let private limits =
        block {
            let! timeout =
                Field.defaulted
                    "timeout"
                    "from request to last byte, each attempt; at most 1d"
                    (OriginWords.upTo day "a timeout of")
                    (TimeSpan.FromMinutes 5.0)

            and! stall =
                Field.defaulted
                    "stall_timeout"
                    "longest pause between two bytes; at most 1h"
                    (OriginWords.upTo hour "a timeout of")
                    (TimeSpan.FromSeconds 30.0)

            and! maxBytes = maxBytes

            and! redirects =
                Field.defaulted "max_redirects" "how many are followed" (Literal.int "max_redirects" 0 20) 5

            and! types =
                Field.optional
                    "content_types"
                    "media types that are accepted, such as text/*; anything but HTML where not given"
                    (Decode.nonEmpty "content_types" (Decode.literal OriginWords.mediaType))

            and! retries =
                Field.defaulted "retries" "attempts after the first" (Literal.int "retries" 0 20) 4

            and! delay =
                Field.defaulted
                    "retry_delay"
                    "before the first retry, doubled before each next one, with jitter; at most 1h"
                    (OriginWords.upTo hour "a delay of")
                    (TimeSpan.FromSeconds 2.0)

            and! every =
                Field.optional
                    "every"
                    "how often `cti run --watch` fetches; short for the source's `schedule: { every }`"
                    (Decode.literal ScheduleWords.distance)

            and! compression = compression

            return
                struct (timeout,
                        stall,
                        maxBytes,
                        redirects,
                        Option.defaultValue [] types,
                        retries,
                        delay,
                        every,
                        compression)
        }

    let private httpFaults (origin: HttpOrigin) =
        [
            if origin.Method = HttpMethod.Get && origin.Body.IsSome then
                [ Step.Key "body" ], Fault.Conflict("a GET has no body", "add `method: POST`, or remove `body`")

            if
                origin.Method = HttpMethod.Get
                && origin.Connection.Headers
                   |> List.exists (fun (name, _) -> name.StartsWith("content-", StringComparison.OrdinalIgnoreCase))
            then
                [ Step.Key "headers" ],
                Fault.Conflict("a GET has no body that a Content- header could speak of", "remove the header")
        ]

    let private http: Fields<Origin> =
        Field.zip (Field.zip request ConnectionDecoder.fields) limits
        |> Field.map
            (fun
                ((struct (url, verb, body), connection),
                 struct (timeout, stall, maxBytes, redirects, types, retries, delay, every, compression)) ->
                {
                    Url = url
                    Method = verb
                    Body = body
                    Connection = connection
                    Timeout = timeout
                    StallTimeout = stall
                    MaxBytes = maxBytes
                    MaxRedirects = redirects
                    ContentTypes = types
                    Retries = retries
                    RetryDelay = delay
                    Every = every
                    Compression = compression
                })
        |> Field.check httpFaults
        |> Field.map Origin.Http

    let private command: Fields<Origin> =
        let limits =
            block {
                let! timeout =
                    ConnectionDecoder.limit "timeout" "then the program is killed" day (TimeSpan.FromMinutes 5.0)

                and! maxBytes = maxBytes
                and! compression = compression
                return struct (timeout, maxBytes, compression)
            }

        Field.zip ConnectionDecoder.program limits
        |> Field.map (fun ((run, environment), struct (timeout, maxBytes, compression)) ->
            Origin.Command
                {
                    Run = run
                    Environment = environment
                    Timeout = timeout
                    MaxBytes = maxBytes
                    Compression = compression
                })

    let private memberFaults (origin: Origin) =
        match origin with
        | Origin.File {
                          Member = Some _
                          Compression = Compression.None | Compression.Gzip | Compression.Zst
                      } ->
            [
                [ Step.Key "member" ],
                Fault.Conflict(
                    "`member` chooses entries of a zip archive, but another compression is declared",
                    "write `compression: zip`, or remove `member`"
                )
            ]
        | _ -> []

    let decoder: Decoder<Origin> =
        Decode.union
            "a kind of source"
            "type"
            [
                Decode.case "file" "Files on this machine" (Field.check memberFaults file)
                Decode.case "http" "A page fetched over HTTP or HTTPS" http
                Decode.case "command" "What a program prints" command
                Decode.case "stdin" "What is piped into cti" (compression |> Field.map Origin.StandardInput)
            ]
