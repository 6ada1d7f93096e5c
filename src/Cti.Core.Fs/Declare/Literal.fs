// The single values of a configuration: numbers, durations, percentages, sizes, ranges, names, words from a table.
// Every literal parses and prints; parse is the inverse of print.
namespace Cti.Core.Declare

open System
open System.Globalization
open System.Text.RegularExpressions

/// A kind of single value.
[<NoEquality; NoComparison>]
type Literal<'T> =
    {
        Schema: ScalarSchema
        /// Whether it may stand in quotes: numbers and true/false may not, as editors would disagree.
        Quotable: bool
        Parse: string -> Result<'T, Fault>
        Print: 'T -> string
    }

/// How many are expected; both ends count, an end left out is open.
type CountRange =
    {
        Low: int64 voption
        High: int64 voption
    }

[<RequireQualifiedAccess>]
module CountRange =
    /// Whether a number lies in it.
    let holds (range: CountRange) (count: int64) : bool =
        (range.Low.IsNone || range.Low.Value <= count)
        && (range.High.IsNone || count <= range.High.Value)

[<RequireQualifiedAccess>]
module Literal =
    let private invariant = CultureInfo.InvariantCulture

    let private create name shape quotable parse print : Literal<'T> =
        {
            Schema = { Name = name; Shape = shape }
            Quotable = quotable
            Parse = parse
            Print = print
        }

    /// Another view of the same text. `back` is the inverse of `view`.
    let map (view: 'A -> 'B) (back: 'B -> 'A) (literal: Literal<'A>) : Literal<'B> =
        {
            Schema = literal.Schema
            Quotable = literal.Quotable
            Parse = literal.Parse >> Result.map view
            Print = back >> literal.Print
        }

    /// A literal whose text must pass one more check.
    let refine (check: 'T -> Result<'T, Fault>) (literal: Literal<'T>) : Literal<'T> =
        { literal with
            Parse = literal.Parse >> Result.bind check
        }

    /// Any text that is not empty, as it is: for what a source brings.
    let verbatim: Literal<string> = create "text" (ScalarShape.Text "") true Ok id

    /// Any text that is not empty. `${env:…}` and `${file:…}` are refused: nobody would resolve them.
    let text: Literal<string> =
        verbatim
        |> refine (fun value ->
            if Template.misplaced value < 0 then
                Ok value
            else
                Error(
                    Fault.MisplacedReference
                        "references stand in `from:` of sources, `to:` of sinks and services of `enrich:`; docs/secrets.md lists the keys"
                ))

    /// Text in which `${env:NAME}` and `${file:PATH}` are resolved when the pipeline runs.
    let template: Literal<Template> =
        let parse (text: string) =
            Template.tryParse text
            |> Result.mapError (fun error -> Fault.BadReference error.Problem)

        create "text with references" (ScalarShape.Text "") true parse string

    /// The same for paths and arguments, which are shown: a file's content, a secret, has no place in them.
    let pathTemplate: Literal<Template> =
        let isFile (reference: Reference) =
            match reference with
            | Reference.File _ -> true
            | Reference.Env _ -> false

        template
        |> refine (fun value ->
            if value.References |> List.exists isFile then
                Error(Fault.MisplacedReference "a path or argument may hold `${env:NAME}` only")
            else
                Ok value)

    /// Anything but numbers, booleans and tables: parsed by `parse`; `pattern` is for editors.
    let pattern (name: string) (pattern: string) (parse: string -> Result<'T, Fault>) (print: 'T -> string) =
        create name (ScalarShape.Text pattern) true parse print

    /// A whole number, both ends included.
    let int64 (what: string) (low: int64) (high: int64) : Literal<int64> =
        let parse (text: string) =
            match Int64.TryParse(text, NumberStyles.AllowLeadingSign, invariant) with
            | true, value when value >= low && value <= high -> Ok value
            | true, _ when high = Int64.MaxValue -> Error(Fault.OutOfRange(what, text, $"%d{low} or more"))
            | true, _ -> Error(Fault.OutOfRange(what, text, $"%d{low} to %d{high}"))
            | _ ->
                let meant =
                    match Int64.TryParse(text.TrimEnd([| '%'; ' ' |]), NumberStyles.AllowLeadingSign, invariant) with
                    | true, value when value >= low && value <= high -> value
                    | _ -> low

                Error(Fault.Malformed("a whole number", text, $"`%d{meant}`"))

        create "integer" (ScalarShape.Integer(low, high)) false parse (fun value -> value.ToString invariant)

    /// A whole number, both ends included.
    let int (what: string) (low: int) (high: int) : Literal<int> =
        int64 what (Operators.int64 low) (Operators.int64 high)
        |> map Operators.int Operators.int64

    /// A number with or without a fraction, both ends included.
    let float (what: string) (low: float) (high: float) : Literal<float> =
        let style = NumberStyles.AllowLeadingSign ||| NumberStyles.AllowDecimalPoint

        let parse (text: string) =
            match Double.TryParse(text, style, invariant) with
            | true, value when value >= low && value <= high -> Ok value
            | true, value when Double.IsFinite value -> Error(Fault.OutOfRange(what, text, $"%g{low} to %g{high}"))
            | _ -> Error(Fault.Malformed("a number", text, "1.5"))

        create "number" (ScalarShape.Number(low, high)) false parse (fun value -> value.ToString("0.0###", invariant))

    /// `true` or `false`, nothing else.
    let bool: Literal<bool> =
        let parse (text: string) =
            match text with
            | "true" -> Ok true
            | "false" -> Ok false
            | other -> Error(Fault.NotAllowed("true or false", other, [ "true"; "false" ]))

        create "boolean" ScalarShape.Boolean false parse (fun value -> if value then "true" else "false")

    /// `500ms`, `30s`, `5m`, `12h`, `1d`: a whole number with a unit, at most 36,500 days.
    let duration: Literal<TimeSpan> =
        let parse text =
            Amount.parse Amount.durations "a duration" Amount.durationMeant (36_500L * 86_400_000L) text
            |> Result.map (fun milliseconds -> TimeSpan.FromTicks(milliseconds * TimeSpan.TicksPerMillisecond))

        let print (value: TimeSpan) =
            Amount.print Amount.durations (value.Ticks / TimeSpan.TicksPerMillisecond)

        create "duration" (ScalarShape.Text @"^\d+(ms|s|m|h|d)$") true parse print

    /// `512B`, `64KB`, `10MB`, `1GB`: bytes, powers of 1,000, at most 1,000 GB.
    let size: Literal<int64> =
        let parse text =
            Amount.parse Amount.sizes "a size" (fun _ -> "`64KB`, `10MB` or `1GB`") 1_000_000_000_000L text

        create "size" (ScalarShape.Text @"^\d+(B|KB|MB|GB)$") true parse (Amount.print Amount.sizes)

    // `30` is 30%, `0.3` is that, too.
    let private percentageMeant (text: string) =
        match Decimal.TryParse(text, NumberStyles.AllowDecimalPoint, invariant) with
        | true, share when share > 0m && share < 1m -> share * 100m
        | true, percent -> percent
        | _ -> 30m
        |> fun percent -> "`" + percent.ToString("0.####", invariant) + "%`"

    /// `30%`, `0.5%`, as a share: 30 % is 0.3. `most` in percent.
    let percentage (most: decimal) : Literal<float> =
        let parse (text: string) =
            let number = text.TrimEnd('%')

            match Decimal.TryParse(number, NumberStyles.AllowDecimalPoint, invariant) with
            | true, percent when text.Length = number.Length + 1 ->
                if percent <= most then
                    Ok(Operators.float (percent / 100m))
                else
                    Error(Fault.OutOfRange("the percentage", text, $"0%% to %s{most.ToString invariant}%%"))
            | _ -> Error(Fault.Malformed("a percentage", text, percentageMeant text))

        create "percentage" (ScalarShape.Text @"^\d+(\.\d+)?%$") true parse (fun value ->
            (decimal value * 100m).ToString("0.####", invariant) + "%")

    /// `100..500000`, `100..`, `..500`.
    let range: Literal<CountRange> =
        let malformed (text: string) =
            let ends = Regex.Match(text, @"^\s*(\d+)\s*(?:[-–:,]|\.+|to)\s*(\d+)\s*$")

            let example =
                if ends.Success then
                    $"`%s{ends.Groups[1].Value}..%s{ends.Groups[2].Value}`"
                else
                    "`100..500000`, `100..` or `..500`"

            Error(Fault.Malformed("a range of counts", text, example))

        let number (text: string) =
            match Int64.TryParse(text, NumberStyles.None, invariant) with
            | true, value -> ValueSome value
            | _ -> ValueNone

        let parse (text: string) =
            match text.IndexOf("..", StringComparison.Ordinal) with
            | -1 -> malformed text
            | at ->
                let left, right = text.Substring(0, at), text.Substring(at + 2)

                match number left, number right with
                | ValueNone, _ when left <> "" -> malformed text
                | _, ValueNone when right <> "" -> malformed text
                | ValueNone, ValueNone -> malformed text
                | ValueSome low, ValueSome high when low > high ->
                    Error(Fault.OutOfRange("the lower end", left, $"at most %s{right}"))
                | low, high -> Ok { Low = low; High = high }

        let print (value: CountRange) =
            let side (part: int64 voption) =
                match part with
                | ValueSome number -> number.ToString invariant
                | ValueNone -> ""

            $"%s{side value.Low}..%s{side value.High}"

        create "range" (ScalarShape.Text @"^(\d+\.\.\d*|\.\.\d+)$") true parse print

    /// `60`, or a range: `60..100`, `60..`, `..100`.
    let countOrRange: Literal<CountRange> =
        let parse (text: string) =
            match Int64.TryParse(text, NumberStyles.None, invariant) with
            | true, count ->
                Ok
                    {
                        Low = ValueSome count
                        High = ValueSome count
                    }
            | _ when text.Contains("..", StringComparison.Ordinal) -> range.Parse text
            | _ -> Error(Fault.Malformed("a count or a range of counts", text, "`3`, `1..` or `60..100`"))

        let print (value: CountRange) =
            match value.Low, value.High with
            | ValueSome low, ValueSome high when low = high -> low.ToString invariant
            | _ -> range.Print value

        create "count or range" (ScalarShape.CountOrText @"^(\d+\.\.\d*|\.\.\d+)$") true parse print

    /// A pipeline, source or sink name.
    let name: Literal<Name> =
        let parse (text: string) =
            match Name.tryParse text with
            | ValueSome name -> Ok name
            | ValueNone ->
                let near = Regex.Replace(text.Trim().ToLowerInvariant(), "[^a-z0-9_-]+", "_")

                let example =
                    if (Name.tryParse near).IsSome then
                        $"`%s{near}`"
                    else
                        "`tor_exits`"

                Error(
                    Fault.Malformed("a name (lower-case letters, digits, `_` and `-`, a letter first)", text, example)
                )

        create "name" (ScalarShape.Text "^[a-z][a-z0-9_-]{0,63}$") true parse Name.value

    /// A word from a table. `what` reads after "is not …": "a TLP marking".
    let choice (what: string) (table: ('T * string) list) : Literal<'T> =
        let words = table |> List.map snd

        let parse (text: string) =
            match table |> List.tryFind (fun (_, word) -> word = text) with
            | Some(value, _) -> Ok value
            | None -> Error(Fault.NotAllowed(what, text, words))

        let print (value: 'T) =
            table
            |> List.tryFind (fun (known, _) -> known = value)
            |> Option.map snd
            |> Option.defaultValue ""

        create "word" (ScalarShape.Choice words) true parse print

    /// A point in time with its zone: `2026-01-01T00:00:00Z`.
    let time: Literal<DateTimeOffset> =
        let forms =
            [|
                "yyyy-MM-dd'T'HH:mm:ssK"
                "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK"
                "yyyy-MM-dd HH:mm:ssK"
                "yyyy-MM-dd"
            |]

        let parse (text: string) =
            match
                DateTimeOffset.TryParseExact(
                    text,
                    forms,
                    invariant,
                    DateTimeStyles.AssumeUniversal ||| DateTimeStyles.AdjustToUniversal
                )
            with
            | true, value -> Ok value
            | _ -> Error(Fault.Malformed("a point in time", text, "`2026-01-01T00:00:00Z`"))

        create "time" (ScalarShape.Text "") true parse (fun value ->
            value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", invariant))
