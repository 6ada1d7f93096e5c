// What a carried rule is known by in its own language: its name, its id there and which revision of it this is. Looks at the rule's text alone, so that
// a rule is the same one wherever it came from.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// What a rule is known by.
type RuleIdentity =
    {
        /// What people call it: the rule's name, its title or its message; never empty.
        Name: string
        /// What its language calls it by: the rule's name (YARA), `id` or else the title (Sigma), `gid:sid` (Suricata and Snort).
        Id: string
        /// The newer the greater: `rev`, the day of `modified` or else of `date`; 0 where it does not say.
        Revision: int64
        /// Other rules that must stand before it (YARA).
        Needs: string list
    }

[<RequireQualifiedAccess>]
module RuleIdentity =
    let private reads (text: ReadOnlySpan<byte>) (part: TextPart) =
        RawBatch.TextOf(text.Slice(part.Begin, part.Behind - part.Begin), 256)

    // One rule with its imports, and nothing else: `include` would read another file.
    let private ofYara (text: ReadOnlySpan<byte>) : RuleIdentity voption =
        let scan = YaraScan()
        let mutable at = 0
        let mutable found = ValueNone
        let mutable good = true
        let mutable going = true

        while going do
            match scan.Item(text, at, &at) with
            | YaraItem.Import _ -> ()
            | YaraItem.Rule ->
                good <- good && found.IsNone
                let needs = List<string>()
                let seen = HashSet<string>()

                for word in scan.Words do
                    let word = reads text word

                    if seen.Add word then
                        needs.Add word

                let mutable changed = Timestamp.none

                for meta in scan.Metas do
                    let key = (reads text meta.Key).ToLowerInvariant()

                    if key = "date" || key = "modified" || key = "last_modified" || key = "updated" then
                        changed <-
                            max
                                changed
                                (RuleNotes.day (text.Slice(meta.Value.Begin, meta.Value.Behind - meta.Value.Begin)))

                found <-
                    ValueSome
                        {
                            Name = reads text scan.Name
                            Id = reads text scan.Name
                            Revision =
                                (if Timestamp.isNone changed then
                                     0L
                                 else
                                     Timestamp.toMicroseconds changed / 86_400_000_000L)
                            Needs = List.ofSeq needs
                        }
            | YaraItem.Include _
            | YaraItem.Fault _ ->
                good <- false
                going <- false
            | YaraItem.End -> going <- false

        if good then found else ValueNone

    let private ofSigma (text: ReadOnlySpan<byte>) : RuleIdentity voption =
        let sigma = SigmaText()
        let mutable title = ""
        let mutable id = ""
        let mutable date = ""
        let mutable matches = false

        // What the rule itself says comes last and counts.
        for document in ("\n" + Encoding.UTF8.GetString text).Split "\n---" do
            sigma.Read document

            let pick (name: string) (before: string) =
                match sigma.First name with
                | "" -> before
                | own -> own

            title <- pick "title" title
            id <- pick "id" id
            date <- pick "modified" (pick "date" date)

            matches <-
                matches
                || sigma.Has "detection"
                || sigma.Has "correlation"
                || sigma.Has "filter"

        let day = RuleNotes.day (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes date))

        if title = "" || not matches then
            ValueNone
        else
            ValueSome
                {
                    Name = title
                    Id = (if id = "" then title else id.ToLowerInvariant())
                    Revision =
                        (if Timestamp.isNone day then
                             0L
                         else
                             Timestamp.toMicroseconds day / 86_400_000_000L)
                    Needs = []
                }

    let private number (text: string) : int64 =
        match Int64.TryParse(text, Globalization.NumberStyles.None, Globalization.CultureInfo.InvariantCulture) with
        | true, value -> value
        | _ -> -1L

    let private ofIds (text: ReadOnlySpan<byte>) : RuleIdentity voption =
        let opening = text.IndexOf '('B

        if
            opening <= 0
            || text.Contains '\n'B
            || text[text.Length - 1] <> ')'B
            || text[0] = '#'B
        then
            ValueNone
        else
            let mutable at = opening + 1
            let mutable good = true
            let mutable sid = -1L
            let mutable gid = 1L
            let mutable revision = 0L
            let mutable message = ""
            let last = text.Length - 1

            while good && at < last do
                let rest = text.Slice(at, last - at)

                match RuleContent.optionEnd rest 0 with
                | length when length < 0 -> good <- (Text.trim rest).Length = 0
                | length ->
                    let option = RawBatch.TextOf(Text.trim (rest.Slice(0, length - 1)), 1024)
                    let colon = option.IndexOf ':'
                    let name = (if colon < 0 then option else option.Substring(0, colon)).TrimEnd()
                    let said = if colon < 0 then "" else option.Substring(colon + 1).Trim()

                    match name with
                    | "sid" -> sid <- number said
                    | "gid" -> gid <- number said
                    | "rev" -> revision <- max 0L (number said)
                    | "msg" -> message <- said.Trim('"').Replace("\\", "")
                    | _ -> ()

                    at <- at + length

                if not good then
                    at <- last

            if good && sid > 0L && gid > 0L then
                let id = $"%d{gid}:%d{sid}"

                ValueSome
                    {
                        Name = (if message = "" then id else message)
                        Id = id
                        Revision = revision
                        Needs = []
                    }
            else
                ValueNone

    /// What a rule in canonical form is known by; none where the type has no rules, or the text is not one whole rule of its language.
    let ofRule (observable: ObservableType) (value: ReadOnlySpan<byte>) : RuleIdentity voption =
        match observable with
        | ObservableType.YaraRule -> ofYara value
        | ObservableType.SigmaRule -> ofSigma value
        | ObservableType.SuricataRule
        | ObservableType.SnortRule when value.Length > 0 -> ofIds value
        | _ -> ValueNone
