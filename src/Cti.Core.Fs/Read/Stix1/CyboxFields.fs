// The fields of CybOX 2 objects: values that are conditions at once (`condition`, `apply_condition`, lists parted by `##comma##`; CybOX 2.1 core,
// BaseObjectPropertyType). Knows how a field is compared, not what fields there are.
namespace Cti.Core

open System

/// What a value compared in a certain way asks for.
type internal CyboxRule = CriterionTest -> string -> Criterion

[<RequireQualifiedAccess>]
module internal CyboxFields =
    let private comma = "##comma##"

    // Addresses as numbers, for ranges.
    let private numberOf (text: string) : uint64 voption =
        match WholeValue.address (text.Trim()) with
        | ValueSome ObservableType.Ipv4 ->
            ValueSome(
                (0UL, text.Trim().Split '.')
                ||> Array.fold (fun sum part -> sum * 256UL + UInt64.Parse part)
            )
        | _ -> ValueNone

    let private dotted (number: uint64) =
        $"%d{(number >>> 24) &&& 255UL}.%d{(number >>> 16) &&& 255UL}.%d{(number >>> 8) &&& 255UL}.%d{number &&& 255UL}"

    /// The networks that make up an IPv4 range, both ends included: 62 at most.
    let rec private networks (low: uint64) (high: uint64) : string list =
        if low > high then
            []
        else
            let mutable bits = 0

            while bits < 32
                  && (low &&& ((1UL <<< (bits + 1)) - 1UL)) = 0UL
                  && low + (1UL <<< (bits + 1)) - 1UL <= high do
                bits <- bits + 1

            let text =
                if bits = 0 then
                    dotted low
                else
                    $"%s{dotted low}/%d{32 - bits}"

            text :: networks (low + (1UL <<< bits)) high

    // Between two values: networks where they are addresses, otherwise a lower and an upper bound.
    let private between (rule: CyboxRule) (isInclusive: bool) (values: string list) : Criterion =
        match values with
        | [ low; high ] ->
            match numberOf low, numberOf high with
            | ValueSome first, ValueSome last ->
                let first = if isInclusive then first else first + 1UL
                let last = if isInclusive || last = 0UL then last else last - 1UL

                (match networks first last with
                 | [] -> Criterion.Unknown
                 | parts -> Criterion.Any(parts |> List.map (rule CriterionTest.Is)))
            | _ ->
                let above, below =
                    if isInclusive then
                        CriterionTest.AtLeast, CriterionTest.AtMost
                    else
                        CriterionTest.Above, CriterionTest.Below

                match rule above low, rule below high with
                | Criterion.Compare { Value = CriterionValue.Text _ }, _ -> Criterion.Unknown
                | lower, upper -> Criterion.All [ lower; upper ]
        | _ -> Criterion.Unknown

    let private tests =
        [
            "equals", (CriterionTest.Is, false)
            "doesnotequal", (CriterionTest.Is, true)
            "contains", (CriterionTest.Contains, false)
            "doesnotcontain", (CriterionTest.Contains, true)
            "startswith", (CriterionTest.StartsWith, false)
            "endswith", (CriterionTest.EndsWith, false)
            "greaterthan", (CriterionTest.Above, false)
            "greaterthanorequal", (CriterionTest.AtLeast, false)
            "lessthan", (CriterionTest.Below, false)
            "lessthanorequal", (CriterionTest.AtMost, false)
            "fitspattern", (CriterionTest.Matches, false)
        ]
        |> Map.ofList

    // Without a condition a value is what was seen, which is what is looked for.
    let private compareWith (condition: string) (rule: CyboxRule) (values: string list) (isAll: bool) : Criterion =
        match condition.Replace(" ", "").ToLowerInvariant() with
        | "inclusivebetween" -> between rule true values
        | "exclusivebetween" -> between rule false values
        | condition ->
            match Map.tryFind (if condition = "" then "equals" else condition) tests with
            | None -> Criterion.Unknown
            | Some(test, negated) ->
                let asked = values |> List.map (rule test)
                let joined = if isAll then Criterion.All asked else Criterion.Any asked
                if negated then Criterion.negate joined else joined

    /// What a field asks for; `element` holds its value or values.
    let criterion (rule: CyboxRule) (element: MarkupElement) : Criterion =
        let delimiter =
            match element.Attribute "delimiter" with
            | "" -> comma
            | delimiter -> delimiter

        let values =
            element.Text.Split(delimiter, StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
            |> List.ofArray

        let apply = element.Attribute("apply_condition").ToUpperInvariant()

        if List.isEmpty values then
            Criterion.Unknown
        else
            let asked = compareWith (element.Attribute "condition") rule values (apply = "ALL")
            let asked = if apply = "NONE" then Criterion.negate asked else asked

            match element.Attribute("is_case_sensitive").ToLowerInvariant() with
            | "false"
            | "0" -> asked
            | _ -> Criterion.letterByLetter asked
