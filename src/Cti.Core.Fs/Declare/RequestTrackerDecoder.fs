// How a queue of Request Tracker is written in YAML: `to: { type: request_tracker, … }`.
namespace Cti.Core.Declare

open System
open Cti.Core

[<RequireQualifiedAccess>]
module internal RequestTrackerDecoder =
    let private worded (what: string) (isGood: string -> bool) (example: string) : Literal<string> =
        Literal.text
        |> Literal.refine (fun text ->
            if
                text.Length <= 200
                && text = text.Trim()
                && not (text |> Seq.exists Char.IsControl)
                && isGood text
            then
                Ok text
            else
                Error(Fault.Malformed(what, text, example)))

    // RT takes a name of digits for a number of its own, and a name stands in a path of the API.
    let private queue =
        worded "the name of a queue" (fun text -> not (text.Contains '/')) "`Threats`"

    // A query names a field between braces.
    let private customField =
        worded
            "the name of a custom field"
            (fun text ->
                text.IndexOfAny [| '{'; '}' |] < 0
                && text |> Seq.exists (Char.IsAsciiDigit >> not))
            "`CTI Indicator`"

    let private status =
        worded "a status" (fun text -> text = text.ToLowerInvariant()) "`resolved`"

    let private rules: Fields<TicketRules> =
        block {
            let! indicator =
                Field.defaulted
                    "indicator_field"
                    "the custom field by which a ticket is found again"
                    customField
                    "CTI Indicator"

            and! state =
                Field.defaulted "state_field" "the custom field that notes what was told last" customField "CTI State"

            and! shown =
                Field.optional
                    "fields"
                    "custom fields that show a fact: the field's name, and the fact as `ndjson` names it"
                    (Decode.mapping customField (Decode.literal Literal.text))

            and! resolved =
                Field.defaulted "resolved" "the status of a ticket whose indicator is withdrawn" status "resolved"

            and! reopened =
                Field.defaulted "reopened" "the status of a resolved ticket whose indicator is back" status "open"

            return
                {
                    IndicatorField = indicator
                    StateField = state
                    Fields = Option.defaultValue [] shown
                    Resolved = resolved
                    Reopened = reopened
                }
        }

    let private faults (target: RequestTrackerTarget) =
        let rules = target.Rules

        let names (header: string) =
            target.Connection.Headers
            |> List.exists (fun (name, _) -> name.Equals(header, StringComparison.OrdinalIgnoreCase))

        let same (left: string) (right: string) =
            left.Equals(right, StringComparison.OrdinalIgnoreCase)

        [
            if target.Token.IsSome && (target.Connection.Basic.IsSome || names "authorization") then
                [ Step.Key "token" ],
                Fault.Conflict(
                    "`token` and another word on who asks (`basic`, an Authorization header) say two things",
                    "keep one of the two"
                )

            if names "content-type" then
                [ Step.Key "headers" ],
                Fault.Conflict("the header `Content-Type` is set by cti itself", "remove `Content-Type`")

            if same rules.IndicatorField rules.StateField then
                [ Step.Key "state_field" ],
                Fault.Conflict("one custom field cannot hold both", "name another for `state_field`")

            for field, _ in rules.Fields do
                if same field rules.IndicatorField || same field rules.StateField then
                    [ Step.Key "fields"; Step.Key field ],
                    Fault.Conflict($"`%s{field}` is what cti finds its tickets by", "show the fact in another field")
        ]

    /// The keys of `type: request_tracker`.
    let fields: Fields<RequestTrackerTarget> =
        let asked =
            block {
                let! url =
                    Field.required "url" "where people find RT; the API is below it" (Decode.literal OriginWords.url)

                and! token =
                    Field.optional
                        "token"
                        "an authentication token, a reference such as ${env:RT_TOKEN}"
                        (Decode.template Literal.template)

                and! queue =
                    Field.required "queue" "the queue in which tickets are made and kept" (Decode.literal queue)

                and! rules = rules
                return struct (url, token, queue, rules)
            }

        Field.zip (Field.zip asked ConnectionDecoder.fields) ConnectionDecoder.maxRedirects
        |> Field.map (fun ((struct (url, token, queue, rules), connection), redirects) ->
            {
                Url = url
                Token = token
                Queue = queue
                Rules = rules
                Connection = connection
                MaxRedirects = redirects
            })
        |> Field.check faults
