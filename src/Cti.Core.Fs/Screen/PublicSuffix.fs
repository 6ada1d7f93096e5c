// The public suffix list (publicsuffix.org): under which names strangers register names, and so which part of a host one owner holds. Knows
// the file's format and the list's algorithm; whoever screens or enriches asks it.
namespace Cti.Core

open System
open System.Text

/// Which rules of the list count.
[<Struct; RequireQualifiedAccess>]
type SuffixSections =
    /// Those of registries and those of companies that hand out names below theirs (`github.io`).
    | All
    /// Those of registries only.
    | Icann

[<RequireQualifiedAccess>]
module private SuffixRule =
    [<Literal>]
    let Plain = 1uy

    /// `*.ck`, kept under `ck`.
    [<Literal>]
    let Wildcard = 2uy

    /// `!www.ck`, kept under `www.ck`.
    [<Literal>]
    let Exception = 4uy

    let beginPrivate = "===BEGIN PRIVATE DOMAINS==="B
    let endPrivate = "===END PRIVATE DOMAINS==="B

    // What is put before a rule, so that one label is a name too.
    let label = "a."B

/// The list, ready to be asked. Never changes once read; threads share it.
[<Sealed; AllowNullLiteral(false)>]
type PublicSuffixList private (file: string, rules: TextColumn, table: ValueTable) =
    let find (suffix: ReadOnlySpan<byte>) (hash: uint32) (kind: byte) : int =
        let found = table.Find(suffix, hash, 1u, kind)
        if found < 0 then -1 else (table.Entry found).Entry

    // Where the public suffix of a host begins, and the rule that says so (-1: the default rule `*`, the last label). From the last label
    // leftward, so that the longest rule has the last word; an exception has it at once.
    let suffixOf (host: ReadOnlySpan<byte>) (rule: byref<int>) : int =
        let mutable start = host.LastIndexOf '.'B + 1
        let mutable best = start
        let mutable wildcard = -1
        let mutable more = true
        rule <- -1

        while more do
            let suffix = host.Slice start
            let hash = ValueTable.Hash suffix
            let refused = find suffix hash SuffixRule.Exception

            if refused >= 0 then
                rule <- refused
                best <- start + suffix.IndexOf '.'B + 1
                more <- false
            else
                let plain = find suffix hash SuffixRule.Plain

                if plain >= 0 then
                    rule <- plain
                    best <- start
                elif wildcard >= 0 then
                    rule <- wildcard
                    best <- start

                wildcard <- find suffix hash SuffixRule.Wildcard
                more <- start > 0

                if more then
                    start <- host.Slice(0, start - 1).LastIndexOf '.'B + 1

        best

    /// Reads the file as publicsuffix.org publishes it. A line that is no rule, and a file without any, are errors.
    static member Parse
        (file: string, text: ReadOnlyMemory<byte>, sections: SuffixSections)
        : Result<PublicSuffixList, ScreenError> =
        let rules = TextColumn(10_000, 14)
        // Rules as they are looked up: A-labels, without `*.` and `!`.
        let keys = TextColumn(10_000, 14)
        let kinds = Collections.Generic.List<byte>(10_000)
        let target: byte[] = Array.zeroCreate DomainName.room
        let name: byte[] = Array.zeroCreate (DomainName.maxLength + 2)
        SuffixRule.label.CopyTo(name, 0)
        let mutable rest = text.Span
        let mutable line = 0
        let mutable isPrivate = false
        let mutable error = ValueNone

        while error.IsNone && rest.Length > 0 do
            line <- line + 1
            let finish = rest.IndexOf '\n'B
            let whole = Text.trim (if finish < 0 then rest else rest.Slice(0, finish))

            rest <-
                if finish < 0 then
                    rest.Slice rest.Length
                else
                    rest.Slice(finish + 1)

            if whole.Length >= 2 && whole[0] = '/'B && whole[1] = '/'B then
                if whole.IndexOf(ReadOnlySpan<byte> SuffixRule.beginPrivate) >= 0 then
                    isPrivate <- true
                elif whole.IndexOf(ReadOnlySpan<byte> SuffixRule.endPrivate) >= 0 then
                    isPrivate <- false
            elif whole.Length > 0 && not (isPrivate && sections = SuffixSections.Icann) then
                // A rule ends at the first white space.
                let space = whole.IndexOfAny(' 'B, '\t'B)
                let written = if space < 0 then whole else whole.Slice(0, space)

                let kind =
                    if written[0] = '!'B then
                        SuffixRule.Exception
                    elif written.Length > 2 && written[0] = '*'B && written[1] = '.'B then
                        SuffixRule.Wildcard
                    else
                        SuffixRule.Plain

                let bare =
                    match kind with
                    | SuffixRule.Exception -> written.Slice 1
                    | SuffixRule.Wildcard -> written.Slice 2
                    | _ -> written

                let fits = bare.Length > 0 && bare.Length <= DomainName.maxLength

                if fits then
                    bare.CopyTo(Span<byte>(name, 2, bare.Length))

                let found =
                    if fits then
                        DomainName.normalise (ReadOnlySpan<byte>(name, 0, bare.Length + 2)) (Span<byte> target)
                    else
                        Written.fail NormaliseError.DomainLabel

                if
                    Written.isOk found
                    && not (kind = SuffixRule.Exception && not (bare.Contains '.'B))
                then
                    rules.Add written
                    keys.Add(ReadOnlySpan<byte>(target, 2, found.Length - 2))
                    kinds.Add kind
                else
                    error <- ValueSome(ScreenError.InvalidSuffix(file, line, RuleText.shown written))

        match error with
        | ValueSome error -> Error error
        | ValueNone when keys.Count = 0 -> Error(ScreenError.NoSuffixes file)
        | ValueNone ->
            let table = ValueTable keys.Count

            for rule in 0 .. keys.Count - 1 do
                table.Add(keys.Buffer, keys.Start rule, keys.Length rule, 0, rule, 1u, kinds[rule])

            Ok(PublicSuffixList(file, rules, table))

    /// The file, as the caller named it.
    member _.File = file
    /// The rules as the file writes them.
    member _.Rules = rules

    /// The rule that makes a canonical host itself a public suffix; -1 where it is none, or where only the default rule `*` says so.
    member _.RuleOf(host: ReadOnlySpan<byte>) : int =
        let mutable rule = -1
        let start = suffixOf host &rule
        if start = 0 then rule else -1

    /// Where in a canonical host the registered domain begins: the public suffix and one label more. -1 where there is no such label.
    member _.RegisteredDomain(host: ReadOnlySpan<byte>) : int =
        let mutable rule = -1
        let start = suffixOf host &rule

        if start = 0 then
            -1
        else
            host.Slice(0, start - 1).LastIndexOf '.'B + 1

    /// The friendly form: the registered domain of a canonical host.
    member this.RegisteredDomain(host: string) : string voption =
        let bytes = Encoding.UTF8.GetBytes host
        let start = this.RegisteredDomain(ReadOnlySpan<byte> bytes)

        if start < 0 then
            ValueNone
        else
            ValueSome(host.Substring start)
