// Patterns as text: the inverse of `PatternParser.parse`. One blank between words, brackets only where they are needed.
namespace Cti.Core

open System
open System.Globalization
open System.Text

[<RequireQualifiedAccess>]
module PatternPrinter =
    let private append (target: StringBuilder) (text: string) = target.Append text |> ignore

    let private quote (text: string) (target: StringBuilder) =
        append target "'"

        for letter in text do
            if letter = '\'' || letter = '\\' then
                append target "\\"

            target.Append letter |> ignore

        append target "'"

    let private time (value: Timestamp) (target: StringBuilder) =
        let text =
            (Timestamp.toDateTime value).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture)

        append target $"t'%s{text}Z'"

    let private decimalForm = "0.0" + String('#', 27)

    let private decimalText (value: decimal) =
        value.ToString(decimalForm, CultureInfo.InvariantCulture)

    let rec private literal (value: PatternLiteral) (target: StringBuilder) =
        match value with
        | PatternLiteral.Text text -> quote text target
        | PatternLiteral.Integer number -> append target (number.ToString CultureInfo.InvariantCulture)
        | PatternLiteral.Float number -> append target (decimalText number)
        | PatternLiteral.Boolean true -> append target "true"
        | PatternLiteral.Boolean false -> append target "false"
        | PatternLiteral.Hex bytes -> append target $"h'%s{Convert.ToHexString(bytes).ToLowerInvariant()}'"
        | PatternLiteral.Binary bytes -> append target $"b'%s{Convert.ToBase64String bytes}'"
        | PatternLiteral.Time value -> time value target

    /// Whether a property's name stands without quotes.
    let isBare (name: string) : bool =
        name.Length > 0
        && (Char.IsAsciiLetter name[0] || name[0] = '_')
        && name
           |> Seq.forall (fun letter -> Char.IsAsciiLetterOrDigit letter || letter = '_')

    let private path (path: PatternPath) (target: StringBuilder) =
        append target path.Object

        path.Steps
        |> List.iteri (fun number step ->
            match step with
            | PatternStep.Property name ->
                append target (if number = 0 then ":" else ".")

                if isBare name then
                    append target name
                else
                    quote name target
            | PatternStep.Index index -> append target $"[%d{index}]"
            | PatternStep.Any -> append target "[*]")

    let private test (test: PatternTest) (target: StringBuilder) =
        let with' (word: string) (value: PatternLiteral) =
            append target word
            literal value target

        match test with
        | PatternTest.Equal value -> with' "= " value
        | PatternTest.NotEqual value -> with' "!= " value
        | PatternTest.Less value -> with' "< " value
        | PatternTest.LessOrEqual value -> with' "<= " value
        | PatternTest.Greater value -> with' "> " value
        | PatternTest.GreaterOrEqual value -> with' ">= " value
        | PatternTest.Like text -> with' "LIKE " (PatternLiteral.Text text)
        | PatternTest.Matches text -> with' "MATCHES " (PatternLiteral.Text text)
        | PatternTest.IsSubset text -> with' "ISSUBSET " (PatternLiteral.Text text)
        | PatternTest.IsSuperset text -> with' "ISSUPERSET " (PatternLiteral.Text text)
        | PatternTest.In values ->
            append target "IN ("

            values
            |> List.iteri (fun number value ->
                if number > 0 then
                    append target ", "

                literal value target)

            append target ")"
        | PatternTest.Exists -> ()

    let private joined (word: string) (print: 'item -> unit) (target: StringBuilder) (items: 'item list) =
        items
        |> List.iteri (fun number item ->
            if number > 0 then
                append target word

            print item)

    let private inBrackets (needed: bool) (print: unit -> unit) (target: StringBuilder) =
        if needed then
            append target "("

        print ()

        if needed then
            append target ")"

    let rec private comparison (expression: PatternComparison) (target: StringBuilder) : unit =
        match expression with
        | PatternComparison.Test(where, isNegated, PatternTest.Exists) ->
            append target (if isNegated then "NOT EXISTS " else "EXISTS ")
            path where target
        | PatternComparison.Test(where, isNegated, asked) ->
            path where target
            append target (if isNegated then " NOT " else " ")
            test asked target
        | PatternComparison.And items ->
            items
            |> joined
                " AND "
                (fun item -> inBrackets (not item.IsTest) (fun () -> comparison item target) target)
                target
        | PatternComparison.Or items ->
            items
            |> joined " OR " (fun item -> inBrackets item.IsOr (fun () -> comparison item target) target) target

    let private qualifier (qualifier: PatternQualifier) (target: StringBuilder) =
        match qualifier with
        | PatternQualifier.Repeats times -> append target $" REPEATS %d{times} TIMES"
        | PatternQualifier.Within seconds ->
            let text =
                if Decimal.IsInteger seconds then
                    (Decimal.Truncate seconds).ToString("0", CultureInfo.InvariantCulture)
                else
                    decimalText seconds

            append target $" WITHIN %s{text} SECONDS"
        | PatternQualifier.StartStop(start, stop) ->
            append target " START "
            time start target
            append target " STOP "
            time stop target

    let rec private observation (expression: PatternObservation) (target: StringBuilder) : unit =
        let list (word: string) (needsBrackets: PatternObservation -> bool) (items: PatternObservation list) =
            items
            |> joined
                word
                (fun item -> inBrackets (needsBrackets item) (fun () -> observation item target) target)
                target

        match expression with
        | PatternObservation.One inner ->
            append target "["
            comparison inner target
            append target "]"
        | PatternObservation.And items ->
            items |> list " AND " (fun item -> item.IsAnd || item.IsOr || item.IsFollowedBy)
        | PatternObservation.Or items -> items |> list " OR " (fun item -> item.IsOr || item.IsFollowedBy)
        | PatternObservation.FollowedBy items -> items |> list " FOLLOWEDBY " _.IsFollowedBy
        | PatternObservation.Qualified(inner, qualifiers) ->
            inBrackets (not inner.IsOne) (fun () -> observation inner target) target

            for item in qualifiers do
                qualifier item target

    /// The text of a pattern; `PatternParser.parse` gives the pattern back.
    let print (pattern: PatternObservation) : string =
        let target = StringBuilder()
        observation pattern target
        target.ToString()

    /// The text of an object path: `file:hashes.'SHA-256'`.
    let pathText (where: PatternPath) : string =
        let target = StringBuilder()
        path where target
        target.ToString()
