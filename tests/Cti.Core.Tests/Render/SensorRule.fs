// A small reader of rules as Suricata's and Snort's manuals define them, written apart from the printer: header, options in order, patterns as bytes.
module Cti.Core.Tests.SensorRule

open System
open System.Text

type Rule =
    {
        Header: string
        /// Name and value (empty where it has none), in order, values as they stand.
        Options: (string * string) list
    }

    member this.All(name: string) =
        this.Options |> List.filter (fun (key, _) -> key = name) |> List.map snd

    member this.One(name: string) =
        match this.All name with
        | [ value ] -> value
        | other -> failwith $"%d{other.Length} options %s{name}"

/// Reads one line; fails where it is no rule, or has anything behind its end.
let parse (line: string) : Rule =
    let opening = line.IndexOf " ("

    if opening < 0 || not (line.EndsWith(")", StringComparison.Ordinal)) then
        failwith $"no rule: %s{line}"

    let options = ResizeArray<string * string>()
    let current = StringBuilder()
    let mutable quoted = false
    let mutable escaped = false

    for letter in line.Substring(opening + 2, line.Length - opening - 3) do
        if escaped then
            escaped <- false
            current.Append('\\').Append letter |> ignore
        elif letter = '\\' then
            escaped <- true
        elif letter = ';' then
            // A semicolon ends an option also inside quotes, so that none may stand there.
            if quoted then
                failwith $"a semicolon inside quotes: %s{line}"

            let text = (current.ToString()).TrimStart()
            let colon = text.IndexOf ':'

            options.Add(
                if colon < 0 then
                    text, ""
                else
                    text.Substring(0, colon), text.Substring(colon + 1)
            )

            current.Clear() |> ignore
        else
            if letter = '"' then
                quoted <- not quoted

            current.Append letter |> ignore

    if current.Length > 0 || quoted || escaped then
        failwith $"not ended: %s{line}"

    {
        Header = line.Substring(0, opening)
        Options = List.ofSeq options
    }

/// The rules of a file; comments and empty lines are left out.
let parseAll (text: string) : Rule list =
    text.Split '\n'
    |> Array.filter (fun line -> line <> "" && not (line.StartsWith('#')))
    |> Array.map parse
    |> List.ofArray

/// The bytes of a pattern, as text where they are UTF-8: between bars stand bytes in hexadecimal.
let bytes (quotedPattern: string) : string =
    let pattern =
        if
            quotedPattern.Length >= 2
            && quotedPattern[0] = '"'
            && quotedPattern.EndsWith '"'
        then
            quotedPattern.Substring(1, quotedPattern.Length - 2)
        else
            failwith $"no pattern: %s{quotedPattern}"

    let result = ResizeArray<byte>()

    pattern.Split '|'
    |> Array.iteri (fun index part ->
        if index % 2 = 1 then
            part.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            |> Array.iter (fun digits -> result.Add(Convert.ToByte(digits, 16)))
        else
            if
                part
                |> Seq.exists (fun letter -> letter < ' ' || letter > '~' || "\";\\:".Contains letter)
            then
                failwith $"not escaped: %s{pattern}"

            result.AddRange(Encoding.UTF8.GetBytes part))

    Encoding.UTF8.GetString(result.ToArray())
