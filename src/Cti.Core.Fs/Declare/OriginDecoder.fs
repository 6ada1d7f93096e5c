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
            let! url = Field.required "url" "where it is served" (Decode.literal OriginWords.url)

            and! verb =
                Field.defaulted "method" "GET, or POST with a body" httpMethod HttpMethod.Get

            and! body = Field.optional "body" "body of a POST" template

            return struct (url, verb, body)
        }

    // What the answer may cost.
    let private limits (maxBytes: Fields<int64>) =
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

            return struct (timeout, stall, maxBytes, redirects, retries, delay, every)
        }

    // What a body may be.
    let private body =
        block {
            let! types =
                Field.optional
                    "content_types"
                    "media types that are accepted, such as text/*; anything but HTML where not given"
                    (Decode.nonEmpty "content_types" (Decode.literal OriginWords.mediaType))

            and! compression = compression
            return struct (Option.defaultValue [] types, compression)
        }

    let private page
        (struct (url, verb, body))
        (connection: HttpConnection)
        (struct (timeout, stall, maxBytes, redirects, retries, delay, every))
        (struct (types, compression))
        : HttpOrigin =
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

    /// A service that is asked about one value at a time: small answers, soon.
    let service: Fields<HttpOrigin> =
        let limits =
            block {
                let! timeout =
                    ConnectionDecoder.limit "timeout" "of one request" hour (TimeSpan.FromSeconds 10.0)

                and! maxBytes =
                    Field.defaulted "max_bytes" "largest answer, in bytes" OriginWords.maxBytes 1_000_000L

                and! retries =
                    Field.defaulted "retries" "attempts after the first" (Literal.int "retries" 0 20) 2

                and! delay =
                    Field.defaulted
                        "retry_delay"
                        "before the first retry, doubled before each next one, with jitter; at most 1h"
                        (OriginWords.upTo hour "a delay of")
                        (TimeSpan.FromSeconds 1.0)

                return struct (timeout, timeout, maxBytes, 3, retries, delay, None)
            }

        Field.zip (Field.zip request ConnectionDecoder.fields) limits
        |> Field.map (fun ((request, connection), limits) ->
            page request connection limits (struct ([], Compression.None)))
        |> Field.check httpFaults

    let private http: Fields<Origin> =
        Field.zip (Field.zip request ConnectionDecoder.fields) (Field.zip (limits maxBytes) body)
        |> Field.map (fun ((request, connection), (limits, body)) -> page request connection limits body)
        |> Field.check httpFaults
        |> Field.map Origin.Http

    let private taxiiMatch: Decoder<TaxiiMatch> =
        let any key doc item =
            Field.optional key doc (Decode.oneOrMany key (Decode.literal item))
            |> Field.map (Option.defaultValue [])

        Decode.block (
            block {
                let! types = any "type" "types of objects, such as indicator" TaxiiWords.objectType
                and! ids = any "id" "ids of objects" Literal.text
                and! specs = any "spec_version" "versions of STIX" TaxiiWords.specVersion

                and! versions =
                    any
                        "version"
                        "first, last, all, or the time a version was modified; the server's default is last"
                        TaxiiWords.version

                return
                    {
                        Types = types
                        Ids = ids
                        SpecVersions = specs
                        Versions = versions
                    }
            }
            |> Field.check (fun wanted ->
                [
                    if List.contains TaxiiVersion.All wanted.Versions && wanted.Versions.Length > 1 then
                        [ Step.Key "version" ],
                        Fault.Conflict("`all` stands for every version", "write `version: all` alone")
                ])
        )

    let private taxii: Fields<Origin> =
        let asked =
            block {
                let! place = TaxiiWords.place

                and! wanted =
                    Field.section "match" "which objects are wanted; of each list any, of all lists each" taxiiMatch

                and! after =
                    Field.optional
                        "added_after"
                        "only what the server added after this time"
                        (Decode.literal Literal.time)

                and! limit =
                    Field.defaulted "limit" "objects per page" (Literal.int "limit" 1 1_000_000) 1_000

                return struct (place, wanted, after, limit)
            }

        let maxBytes =
            Field.defaulted
                "max_bytes"
                "largest size of all pages of one reading, in bytes; the next reading goes on there"
                OriginWords.maxBytes
                1_000_000_000L

        Field.zip (Field.zip asked ConnectionDecoder.fields) (limits maxBytes)
        |> Field.map (fun ((struct (struct (url, collection), wanted, after, limit), connection), limits) ->
            Origin.Taxii
                {
                    Page = page (struct (url, HttpMethod.Get, None)) connection limits (struct ([], Compression.None))
                    Collection = collection
                    Match = wanted
                    AddedAfter = after
                    Limit = limit
                })

    // A folder, so nothing but the names of its files may follow.
    let private mispFeedFaults (origin: MispFeedOrigin) =
        let address = origin.Folder.Url.ToString()

        [
            if address.Contains '?' || address.Contains '#' then
                [ Step.Key "url" ],
                Fault.Conflict(
                    "the files of a feed stand below its folder's URL, which cannot have a `?` or `#`",
                    "write the URL of the folder; a key belongs into `headers`"
                )

            if address.EndsWith(".json", StringComparison.OrdinalIgnoreCase) then
                [ Step.Key "url" ],
                Fault.Conflict("`url` is the folder of the feed", "remove `manifest.json` from its end")
        ]

    let private mispFeed: Fields<Origin> =
        let asked =
            block {
                let! url =
                    Field.required "url" "the folder in which `manifest.json` is" (Decode.literal OriginWords.url)

                and! maxEvents =
                    Field.defaulted
                        "max_events"
                        "events fetched by one reading; the others are fetched by the next"
                        (Literal.int "max_events" 1 1_000_000)
                        5_000

                return struct (url, maxEvents)
            }

        Field.zip (Field.zip asked ConnectionDecoder.fields) (Field.zip (limits maxBytes) body)
        |> Field.map (fun ((struct (url, maxEvents), connection), (limits, body)) ->
            {
                Folder = page (struct (url, HttpMethod.Get, None)) connection limits body
                MaxEvents = maxEvents
            })
        |> Field.check mispFeedFaults
        |> Field.map Origin.MispFeed

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
                Decode.case "taxii" "A collection of a TAXII 2.1 server" taxii
                Decode.case "misp_feed" "A MISP feed on a web server: the events its manifest names" mispFeed
                Decode.case "command" "What a program prints" command
                Decode.case "stdin" "What is piped into cti" (compression |> Field.map Origin.StandardInput)
            ]
