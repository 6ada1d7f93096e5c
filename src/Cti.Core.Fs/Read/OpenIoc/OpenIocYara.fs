// The Yara terms of OpenIOC 1.1 (`Yara/TextString`, parameters `yara/…`) as the text of a YARA rule. Everything foreign in it is escaped or, where
// it is part of the rule's own syntax, checked letter by letter.
namespace Cti.Core

open System
open System.Text

[<RequireQualifiedAccess>]
module internal OpenIocYara =
    let private isTerm (name: string) (item: IocItem) =
        item.Term.Equals(name, StringComparison.OrdinalIgnoreCase)

    /// Whether an item is one of a YARA rule's parts.
    let isPart (item: IocItem) : bool =
        item.Term.StartsWith("Yara/", StringComparison.OrdinalIgnoreCase)
        && not (isTerm "Yara/Yara" item)

    /// Whether an item's content is a whole rule.
    let isWhole (item: IocItem) : bool = isTerm "Yara/Yara" item

    let private escaped (text: string) : string =
        let written = StringBuilder text.Length

        for letter in Encoding.UTF8.GetBytes text do
            match letter with
            | '"'B -> written.Append "\\\"" |> ignore
            | '\\'B -> written.Append "\\\\" |> ignore
            | plain when plain >= 32uy && plain < 127uy -> written.Append(char plain) |> ignore
            | other -> written.Append("\\x").Append(other.ToString "x2") |> ignore

        written.ToString()

    let private isHexString (text: string) =
        text.Length > 0
        && text
           |> Seq.forall (fun letter -> Char.IsAsciiHexDigit letter || "? []()|-~".Contains letter)

    // Numbers, the two words and what joins them: `100`, `entrypoint + 10`, `(100..filesize)`.
    let private isPlace (text: string) =
        text.Length > 0
        && text.Replace("entrypoint", "").Replace("filesize", "").Replace("KB", "").Replace("MB", "")
           |> Seq.forall (fun letter -> Char.IsAsciiHexDigit letter || " ()+-*.x".Contains letter)

    let private isYes (value: string) =
        value.Equals("true", StringComparison.OrdinalIgnoreCase)

    // What a rule is built of; the strings in their order.
    [<Sealed; AllowNullLiteral(false)>]
    type private Builder() =
        let strings = StringBuilder()
        let mutable count = 0

        member _.Strings = strings.ToString()

        member _.Add(definition: string) : string =
            count <- count + 1
            strings.Append($"        $s%d{count} = %s{definition}\n") |> ignore
            $"$s%d{count}"

    let private parameter (name: string) (item: IocItem) : string voption =
        match item.Parameters |> List.tryFind (fun one -> one.Name = name) with
        | Some one -> ValueSome one.Value
        | None -> ValueNone

    let private known =
        [
            "yara/wide"
            "yara/ascii"
            "yara/nocase"
            "yara/fullword"
            "yara/offset/at"
            "yara/offset/in"
            "comment"
        ]

    let private isFlagged name item =
        match parameter name item with
        | ValueSome value -> isYes value
        | ValueNone -> false

    let private modifiers (item: IocItem) : string =
        [ "yara/wide", " wide"; "yara/ascii", " ascii"; "yara/fullword", " fullword" ]
        |> List.filter (fun (name, _) -> isFlagged name item)
        |> List.map snd
        |> String.concat ""
        |> fun written ->
            if not item.CaseKept || isFlagged "yara/nocase" item then
                " nocase" + written
            else
                written

    // Where the string has to stand; none: it says something else than a place.
    let private placed (name: string) (item: IocItem) : string voption =
        match parameter "yara/offset/at" item, parameter "yara/offset/in" item with
        | ValueNone, ValueNone -> ValueSome name
        | ValueSome place, ValueNone when isPlace place -> ValueSome $"%s{name} at %s{place}"
        | ValueNone, ValueSome range when isPlace range && range.Contains ".." ->
            ValueSome(
                if range.StartsWith '(' then
                    $"%s{name} in %s{range}"
                else
                    $"%s{name} in (%s{range})"
            )
        | _ -> ValueNone

    let private operator (test: CriterionTest) : string voption =
        match test with
        | CriterionTest.Is -> ValueSome "=="
        | CriterionTest.Above -> ValueSome ">"
        | CriterionTest.Below -> ValueSome "<"
        | _ -> ValueNone

    let private conditionOf (builder: Builder) (item: IocItem) : string voption =
        let isKnown =
            item.Parameters |> List.forall (fun one -> List.contains one.Name known)

        let condition =
            if not isKnown then
                ValueNone
            elif isTerm "Yara/TextString" item && item.Content <> "" then
                placed (builder.Add $"\"%s{escaped item.Content}\"%s{modifiers item}") item
            elif isTerm "Yara/HexString" item && isHexString item.Content then
                placed (builder.Add $"{{ %s{item.Content} }}") item
            elif isTerm "Yara/FileSize" item then
                match item.Test |> ValueOption.bind operator, Int64.TryParse item.Content with
                | ValueSome operator, (true, size) when size >= 0L -> ValueSome $"filesize %s{operator} %d{size}"
                | _ -> ValueNone
            else
                ValueNone

        if item.Negated then
            condition |> ValueOption.map (fun condition -> $"not %s{condition}")
        else
            condition

    let private joined (word: string) (parts: string voption list) : string voption =
        if List.isEmpty parts || parts |> List.exists _.IsNone then
            ValueNone
        else
            let text = parts |> List.map ValueOption.get |> String.concat word
            ValueSome(if parts.Length = 1 then text else $"(%s{text})")

    let rec private conditionIn (builder: Builder) (node: IocNode) : string voption =
        match node with
        | IocNode.Item item -> conditionOf builder item
        | IocNode.Branch branch ->
            let parts = branch.Children |> List.map (conditionIn builder)

            match branch.Parameters |> List.tryFind (fun one -> one.Name = "yara/set") with
            | None -> joined (if branch.IsAnd then " and " else " or ") parts
            | Some set ->
                let isString (part: string voption) =
                    part.IsSome && part.Value.StartsWith '$' && not (part.Value.Contains ' ')

                match Int32.TryParse set.Value with
                | true, number when number > 0 && number <= parts.Length && List.forall isString parts ->
                    let names = parts |> List.map ValueOption.get |> String.concat ", "
                    ValueSome $"%d{number} of (%s{names})"
                | _ -> ValueNone

    let private identifier (id: string) : string =
        let letters =
            id
            |> Seq.truncate 100
            |> Seq.map (fun letter -> if Char.IsAsciiLetterOrDigit letter then letter else '_')
            |> Seq.toArray

        "ioc_" + String letters

    /// The rule a tree of Yara terms is; none where a part of it has no place in one. `id`: of the tree, names the rule.
    let rule (id: string) (title: string) (node: IocNode) : string voption =
        let builder = Builder()

        match conditionIn builder node with
        | ValueNone -> ValueNone
        | ValueSome condition ->
            let meta =
                if title = "" then
                    ""
                else
                    $"    meta:\n        description = \"%s{escaped title}\"\n"

            let strings =
                match builder.Strings with
                | "" -> ""
                | strings -> $"    strings:\n%s{strings}"

            ValueSome $"rule %s{identifier id}\n{{\n%s{meta}%s{strings}    condition:\n        %s{condition}\n}}"
