// Regular expressions of lists, matched in linear time whatever they say. Knows no list's format but PHP's way to write expressions.
namespace Cti.Core

open System
open System.Buffers
open System.Collections.Generic
open System.Text
open System.Text.RegularExpressions

/// An expression and whom it belongs to.
[<Struct; NoComparison; NoEquality>]
type internal RegexEntry =
    {
        Regex: Regex
        List: int
        Entry: int
        Types: uint32
    }

[<RequireQualifiedAccess>]
module internal RegexRule =
    // `/pattern/flags` as PHP has it; anything else is the pattern itself.
    let private split (entry: string) : struct (string * string) =
        let last = entry.LastIndexOf '/'

        if
            last > 0
            && entry[0] = '/'
            && Seq.forall Char.IsAsciiLetter (entry.Substring(last + 1))
        then
            struct (entry.Substring(1, last - 1), entry.Substring(last + 1))
        else
            struct (entry, "")

    let private optionOf (flag: char) : Result<RegexOptions, string> =
        match flag with
        | 'i' -> Ok RegexOptions.IgnoreCase
        | 'm' -> Ok RegexOptions.Multiline
        | 's' -> Ok RegexOptions.Singleline
        | 'x' -> Ok RegexOptions.IgnorePatternWhitespace
        // Every match, and Unicode: both go without saying here.
        | 'g'
        | 'u' -> Ok RegexOptions.None
        | other -> Error $"the flag '%c{other}' is not known."

    /// Builds the expression, or says why it cannot be.
    let compile (entry: string) : Result<Regex, string> =
        let struct (pattern, flags) = split entry
        let basis = RegexOptions.NonBacktracking ||| RegexOptions.CultureInvariant

        let options =
            (Ok basis, flags)
            ||> Seq.fold (fun options flag ->
                options
                |> Result.bind (fun options -> optionOf flag |> Result.map (fun added -> options ||| added)))

        options
        |> Result.bind (fun options ->
            try
                Ok(Regex(pattern, options))
            with
            | :? ArgumentException as problem -> Error problem.Message
            | :? NotSupportedException as problem -> Error problem.Message)

[<Sealed; AllowNullLiteral(false)>]
type internal RegexTable(entries: List<RegexEntry>) =
    let rules = entries.ToArray()
    let types = rules |> Array.fold (fun set rule -> set ||| rule.Types) 0u

    /// The types any of the expressions applies to.
    member _.Types = types

    /// The first expression, in the order of lists and entries, that matches and applies to one of the types; list -1 when none does.
    member _.Find(value: ReadOnlySpan<byte>, wanted: uint32) : struct (int * int) =
        // Rented, not allocated: canonical values are UTF-8, which has a byte or more for every character.
        let characters = ArrayPool<char>.Shared.Rent(max 16 value.Length)
        let length = Encoding.UTF8.GetChars(value, Span<char> characters)
        let text = ReadOnlySpan<char>(characters, 0, length)
        let mutable at = 0

        while at < rules.Length
              && not (rules[at].Types &&& wanted <> 0u && rules[at].Regex.IsMatch text) do
            at <- at + 1

        ArrayPool<char>.Shared.Return characters

        if at < rules.Length then
            struct (rules[at].List, rules[at].Entry)
        else
            struct (-1, -1)
