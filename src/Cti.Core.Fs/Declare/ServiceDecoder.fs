// How a service that answers about values is written in YAML: whom it is asked about, how, what is taken of an answer, and its bounds.
namespace Cti.Core.Declare

open System
open Cti.Core
open Cti.Core.Predicates

[<RequireQualifiedAccess>]
module internal ServiceDecoder =
    // What a named fact may be called: a bare word of predicates that is no field already.
    let private factName: Literal<string> =
        let isAllowed (letter: char) =
            Char.IsAsciiLetterLower letter || Char.IsAsciiDigit letter || letter = '_'

        let parse (text: string) =
            if
                text = ""
                || text.Length > 64
                || not (Char.IsAsciiLetterLower text[0])
                || not (Seq.forall isAllowed text)
            then
                Error(Fault.Malformed("a fact's name (lower-case letters, digits and `_`)", text, "`vendor_score`"))
            elif
                (Field.tryParse text).IsSome
                || List.contains (text.ToUpperInvariant()) Keyword.all
            then
                Error(
                    Fault.Enrichment(
                        "CTI-CFG-071",
                        $"`%s{text}` means something else in predicates",
                        $"give the fact a name of its own, such as `vendor_%s{text}`"
                    )
                )
            else
                Ok text

        Literal.pattern "fact name" "^[a-z][a-z0-9_]{0,63}$" parse id

    let private asked: Decoder<JsonPath * FactKind> =
        Decode.block (
            block {
                let! path =
                    Field.required
                        "path"
                        "where it stands in the answer: names parted by dots"
                        (Decode.literal JsonDecoder.path)

                and! kind =
                    Field.defaulted
                        "type"
                        "what it holds"
                        (Literal.choice
                            "a kind of fact"
                            [ FactKind.Text, "text"; FactKind.Number, "number"; FactKind.Flag, "bool" ])
                        FactKind.Text

                return path, kind
            }
            |> Field.check (fun (path, _) ->
                [
                    if List.contains JsonStep.Every path then
                        [ Step.Key "path" ],
                        Fault.Conflict(
                            "a fact is one value, and `*` stands for many",
                            "name the one, such as `items.0.name`"
                        )
                ])
        )

    let private times = OriginWords.upTo (TimeSpan.FromDays 3650.0)

    // A value in the host would let a feed choose which machine is asked.
    let private placeFaults (service: HttpEnricher) : (Step list * Fault) list =
        let url = service.Page.Url.ToString()
        let mark = url.IndexOf("{value}", StringComparison.Ordinal)
        let scheme = url.IndexOf("://", StringComparison.Ordinal)

        let path =
            if scheme < 0 then
                url.IndexOf('/', StringComparison.Ordinal)
            else
                url.IndexOf('/', scheme + 3)

        let isInBody =
            service.Page.Body
            |> Option.exists (fun body -> body.ToString().Contains("{value}", StringComparison.Ordinal))

        [
            if mark >= 0 && (path < 0 || mark < path) then
                [ Step.Key "url" ],
                Fault.Conflict(
                    "`{value}` in the host would let a feed choose who is asked",
                    "put it into the path or query"
                )
            elif mark < 0 && not isInBody then
                [ Step.Key "url" ],
                Fault.Conflict(
                    "the service is not told what it is asked about",
                    "put `{value}` into `url`, or into the `body` of a POST"
                )
        ]

    let fields: Fields<HttpEnricher> =
        let told =
            block {
                let! name =
                    Field.required "name" "names the enricher in tables and reports" (Decode.literal Literal.name)

                and! types =
                    Field.required
                        "types"
                        "types it is asked about"
                        (Decode.nonEmpty "types" (Decode.literal Words.observableType))

                and! where =
                    Field.optional
                        "where"
                        "which indicators of these types: a predicate like score >= 50 over fields and facts of tables"
                        (PredicateDecoder.ofIndicators [])

                and! facts =
                    Field.required
                        "facts"
                        "what is taken of an answer, by names of your own"
                        (Decode.mapping factName asked)

                and! maxTlp =
                    Field.defaulted "max_tlp" "the strictest marking whose values are sent out" Words.tlp Tlp.Clear

                and! ttl =
                    Field.defaulted
                        "ttl"
                        "how long an answer holds before it is asked for again"
                        (times "a ttl of")
                        (TimeSpan.FromDays 7.0)

                and! negative =
                    Field.defaulted
                        "negative_ttl"
                        "the same where the service knew nothing (404, 410, 204, or none of the facts)"
                        (times "a ttl of")
                        (TimeSpan.FromDays 1.0)

                and! rate =
                    Field.defaulted
                        "requests_per_minute"
                        "most requests of a minute, spread over it"
                        (Literal.int "requests_per_minute" 1 60_000)
                        60

                and! most =
                    Field.defaulted
                        "max_requests"
                        "of one run; what is left is asked by the next ones"
                        (Literal.int "max_requests" 1 1_000_000)
                        1_000

                and! maxTime =
                    Field.defaulted
                        "max_time"
                        "of one run for all of its questions: sinks wait for it; what is left is asked by the next ones"
                        (OriginWords.upTo (TimeSpan.FromHours 1.0) "a max_time of")
                        (TimeSpan.FromMinutes 1.0)

                and! atOnce =
                    Field.defaulted "parallel" "requests at a time" (Literal.int "parallel" 1 32) 4

                return (name, types, where, facts), (maxTlp, ttl, negative), (rate, most, maxTime, atOnce)
            }

        Field.zip told OriginDecoder.service
        |> Field.map
            (fun (((name, types, where, facts), (maxTlp, ttl, negative), (rate, most, maxTime, atOnce)), page) ->
                ({
                    Name = name
                    Types = types
                    Where = where
                    Page = page
                    Facts =
                        facts
                        |> List.map (fun (name, (path, kind)) ->
                            {
                                Fact = { Name = name; Kind = kind }
                                Path = path
                            })
                    MaxTlp = maxTlp
                    Ttl = ttl
                    NegativeTtl = negative
                    RequestsPerMinute = rate
                    MaxRequests = most
                    MaxTime = maxTime
                    Parallel = atOnce
                }
                : HttpEnricher))
        |> Field.check placeFaults
        |> Field.check (fun service ->
            [
                if service.Facts.IsEmpty then
                    [ Step.Key "facts" ],
                    Fault.Conflict(
                        "an answer of which nothing is taken is asked for in vain",
                        "name a fact, such as `vendor_score: { path: data.score, type: number }`"
                    )
            ])
