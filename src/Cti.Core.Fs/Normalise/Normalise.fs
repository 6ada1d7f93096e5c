// The stage's one door: a value as written and what the mapping says of it, to a typed canonical value or a coded error.
// Order: trim, refang, recognise (docs/observables.md), then the rule of the type. Total and idempotent.
namespace Cti.Core

open System
open System.Buffers
open System.Text

[<RequireQualifiedAccess>]
module Normalise =
    /// The longest value of an observable taken, in bytes after trimming, and the longest canonical form. Patterns and rules may have 65,536.
    [<Literal>]
    let MaxLength = Text.MaxLength

    /// Bytes the target of `into` must have for a value of `length` bytes. Longer than any result, because the rules work there.
    let bound (length: int) : int =
        max (4 * min (max length 0) MaxLength + 2 * DomainName.room) (min length PatternText.MaxLength)

    // Bytes by which the forms differ. A value without any is a hash, an IPv4 address or a host name.
    let private marks = SearchValues.Create(ReadOnlySpan<byte> ":/@?#[]"B)

    // These, and what defanging leaves. Without any there is nothing to refang either, and recognition has one way to go.
    let private anyMarks = SearchValues.Create(ReadOnlySpan<byte> ":/@?#[](){}\\"B)

    let private result (observable: ObservableType) (written: Written) : Normalised =
        {
            Type = observable
            Length = written.Length
            Error = written.Error
        }

    let private fail (observable: ObservableType) (error: NormaliseError) : Normalised =
        {
            Type = observable
            Length = 0
            Error = error
        }

    // The type asked for; `url` stands for none.
    let private typeOf (hint: TypeHint) : ObservableType =
        match hint with
        | TypeHint.Auto -> ObservableType.Url
        | TypeHint.Fixed observable -> observable

    let private oneIpv4 = "/32"B
    let private oneIpv6 = "/128"B
    let private pathMarks = "/?#"B

    // A block of one address is that address.
    let private cidrOrAddress (value: ReadOnlySpan<byte>) (target: Span<byte>) : Normalised =
        let written = Cidr.normalise value target

        let text: ReadOnlySpan<byte> =
            Span<byte>.op_Implicit(target.Slice(0, written.Length))

        if not (Written.isOk written) then
            result ObservableType.Cidr written
        elif text.EndsWith(ReadOnlySpan<byte> oneIpv6) then
            result ObservableType.Ipv6 (Written.ok (written.Length - 4))
        elif text.EndsWith(ReadOnlySpan<byte> oneIpv4) && not (text.Contains ':'B) then
            result ObservableType.Ipv4 (Written.ok (written.Length - 3))
        else
            result ObservableType.Cidr written

    // No mark: a hash by its length and digits, an address where the last label is a number, else a name.
    let private recogniseBare (value: ReadOnlySpan<byte>) (target: Span<byte>) : Normalised =
        let mutable address = 0u

        if
            Text.isDigit value[value.Length - 1]
            && value.Length <= 15
            && (Ipv4.read value &address).IsNone
        then
            value.CopyTo target
            result ObservableType.Ipv4 (Written.ok value.Length)
        else
            match Hash.ofLength value.Length with
            | ValueSome hash when Hash.isHexadecimal value -> result hash (Hash.normalise value.Length value target)
            | _ ->
                let written = DomainName.normalise value target

                if Written.isOk written then
                    result ObservableType.Domain written
                elif Ipv4.endsInNumber value && not (Ipv4.read value &address).IsNone then
                    fail ObservableType.Ipv4 (Ipv4.read value &address)
                elif written.Error = NormaliseError.SingleLabel then
                    fail ObservableType.Domain NormaliseError.Unrecognised
                else
                    result ObservableType.Domain written

    // Whether `value` could be an IPv6 address and nothing else: two colons before anything that an address has not.
    let private isIpv6Like (value: ReadOnlySpan<byte>) : bool =
        let mutable at = 0
        let mutable colons = 0

        while at < value.Length
              && (Text.isHex value[at] || value[at] = ':'B || value[at] = '.'B) do
            if value[at] = ':'B then
                colons <- colons + 1

            at <- at + 1

        colons >= 2 && (at = value.Length || value[at] = '%'B || value[at] = '/'B)

    let private isPrefix (value: ReadOnlySpan<byte>) : bool = Text.readNumber value 3 >= 0

    let private recogniseSlash (value: ReadOnlySpan<byte>) (slash: int) (target: Span<byte>) : Normalised =
        if slash = 0 then
            fail ObservableType.Url NormaliseError.UrlPath
        elif isPrefix (value.Slice(slash + 1)) && Ipv4.endsInNumber (value.Slice(0, slash)) then
            cidrOrAddress value target
        else
            result ObservableType.Url (Url.normalise value target)

    // The first mark is a colon: scheme, IPv6, address:port, or host:port with a path behind.
    let private recogniseColon (value: ReadOnlySpan<byte>) (colon: int) (target: Span<byte>) : Normalised =
        if Url.schemeEnd value >= 0 then
            result ObservableType.Url (Url.normalise value target)
        elif isIpv6Like value then
            if value.Contains '/'B then
                cidrOrAddress value target
            else
                result ObservableType.Ipv6 (Ipv6.normalise value target)
        elif
            value.IndexOfAny(ReadOnlySpan<byte> pathMarks) > 0
            && Text.readPort (value.Slice(colon + 1, 1)) >= 0
        then
            result ObservableType.Url (Url.normalise value target)
        elif colon > 0 && Ipv4.endsInNumber (value.Slice(0, colon)) then
            result ObservableType.IpPort (IpPort.normalise value target)
        elif Text.readPort (value.Slice(colon + 1)) >= 0 then
            fail ObservableType.Url NormaliseError.HostPort
        else
            fail ObservableType.Url NormaliseError.Unrecognised

    // The first mark is an opening bracket: IPv6 alone, with a prefix, with a port, or as a URL's host.
    let private recogniseBracket (value: ReadOnlySpan<byte>) (target: Span<byte>) : Normalised =
        let close = value.IndexOf ']'B

        let after =
            if close < 0 then
                value.Slice value.Length
            else
                value.Slice(close + 1)

        if close < 0 then
            fail ObservableType.Ipv6 NormaliseError.Unrecognised
        elif after.Length = 0 then
            result ObservableType.Ipv6 (Ipv6.normalise value target)
        elif after[0] = '/'B && isPrefix (after.Slice 1) then
            cidrOrAddress value target
        elif after[0] = ':'B && after.IndexOfAny(ReadOnlySpan<byte> pathMarks) < 0 then
            result ObservableType.IpPort (IpPort.normalise value target)
        elif after[0] = ':'B || after[0] = '/'B then
            result ObservableType.Url (Url.normalise value target)
        else
            fail ObservableType.Ipv6 NormaliseError.Unrecognised

    let private recognise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Normalised =
        let mark = value.IndexOfAny marks

        if mark < 0 then
            recogniseBare value target
        else
            match value[mark] with
            | '@'B -> result ObservableType.Email (Email.normalise value target)
            | '/'B -> recogniseSlash value mark target
            | ':'B -> recogniseColon value mark target
            | '['B when mark = 0 -> recogniseBracket value target
            | '?'B when mark > 0 -> result ObservableType.Url (Url.normalise value target)
            | _ -> fail ObservableType.Url NormaliseError.Unrecognised

    let private byType (observable: ObservableType) (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        match observable with
        | ObservableType.Ipv4 -> Ipv4.normalise value target
        | ObservableType.Ipv6 -> Ipv6.normalise value target
        | ObservableType.Cidr -> Cidr.normalise value target
        | ObservableType.IpPort -> IpPort.normalise value target
        | ObservableType.Domain -> DomainName.normalise value target
        | ObservableType.Url -> Url.normalise value target
        | ObservableType.Email -> Email.normalise value target
        | ObservableType.Md5
        | ObservableType.Sha1
        | ObservableType.Sha256
        | ObservableType.Sha512
        | ObservableType.Ja3 -> Hash.normalise (Hash.digits observable) value target
        | ObservableType.CertificateSha1
        | ObservableType.CertificateSha256 -> Fingerprint.certificate (Hash.digits observable) value target
        | ObservableType.Asn -> Asn.normalise value target
        | ObservableType.Ssdeep -> FuzzyHash.ssdeep value target
        | ObservableType.Tlsh -> FuzzyHash.tlsh value target
        | ObservableType.FileName -> HostText.fileName value target
        | ObservableType.FilePath -> HostText.filePath value target
        | ObservableType.Mutex -> HostText.mutex value target
        | ObservableType.RegistryKey -> RegistryKey.normalise value target
        | ObservableType.UserAgent -> HostText.userAgent value target
        | ObservableType.Mac -> Mac.normalise value target
        | ObservableType.Cve -> CatalogueId.cve value target
        | ObservableType.CryptoAddress -> CryptoAddress.normalise value target
        | ObservableType.AttackId -> CatalogueId.attack value target
        | ObservableType.StixPattern
        | ObservableType.YaraRule
        | ObservableType.SigmaRule
        | ObservableType.SuricataRule
        | ObservableType.SnortRule -> PatternText.normalise value target

    // Text in which brackets and backslashes mean themselves: `setup[.]exe` may be a file's name, and `C:\.ssh` is a path.
    let private isVerbatim (observable: ObservableType) : bool =
        match observable with
        | ObservableType.FileName
        | ObservableType.FilePath
        | ObservableType.Mutex
        | ObservableType.RegistryKey
        | ObservableType.UserAgent -> true
        | _ -> false

    let private hasControl (value: ReadOnlySpan<byte>) : bool =
        value.ContainsAnyInRange(0uy, 0x1Fuy) || value.Contains 0x7Fuy

    // What the rules find first is not always what helps: bad encoding and control characters are named before anything else.
    let private explain (value: ReadOnlySpan<byte>) (found: Normalised) : Normalised =
        if found.Error.IsNone then
            found
        elif hasControl value then
            fail found.Type NormaliseError.ControlCharacter
        elif not (Unicode.Utf8.IsValid value) then
            fail found.Type NormaliseError.InvalidUtf8
        else
            found

    // `||host^`, `||host/path$all`: a filter of a browser's list, where such a list is read as a plain one. A filter that does not hold always
    // stays as it is, to be refused.
    let private withoutFilterMarks (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        if value.Length > 2 && value[0] = '|'B && value[1] = '|'B then
            let rule = FilterRule.parse value

            if rule.Kind = FilterKind.Names then
                value.Slice(rule.ValueStart, rule.ValueEnd - rule.ValueStart)
            else
                value
        else
            value

    // What no common type took: a rarer form, or the error in words that help.
    let private rareOrError (value: ReadOnlySpan<byte>) (target: Span<byte>) (found: Normalised) : Normalised =
        let rare = RareForms.recognise value target
        if rare.Error.IsNone then rare else explain value found

    // Marks among the bytes, which may be defanging: refang, then recognise or ask the rule.
    let private marked (hint: TypeHint) (value: ReadOnlySpan<byte>) (target: Span<byte>) : Normalised =
        match hint with
        | TypeHint.Auto ->
            let found = recognise value target

            if found.Error.IsNone then
                found
            else
                rareOrError value target found
        | TypeHint.Fixed observable -> explain value (result observable (byType observable value target))

    let private refanged (hint: TypeHint) (value: ReadOnlySpan<byte>) (target: Span<byte>) : Normalised =
        // Refanged text lives at the far end of the target, where no result reaches it.
        let scratch = target.Slice(target.Length - value.Length)
        let length = Refang.into value scratch

        if length < 0 then
            fail (typeOf hint) NormaliseError.NestedDefang
        else
            let text = Text.trim (Span<byte>.op_Implicit(scratch.Slice(0, length)))

            if text.Length = 0 then
                fail (typeOf hint) NormaliseError.Empty
            else
                marked hint text (target.Slice(0, target.Length - value.Length))

    let private undone (hint: TypeHint) (value: ReadOnlySpan<byte>) (target: Span<byte>) : Normalised =
        if Refang.isNeeded value then
            refanged hint value target
        else
            marked hint value target

    // The way of a value of no declared type. Bytes without marks, the usual case, are looked at first.
    let private ofNoType (value: ReadOnlySpan<byte>) (target: Span<byte>) : Normalised =
        if not (value.ContainsAny anyMarks) then
            let found = recogniseBare value target

            if found.Error.IsNone then
                found
            else
                rareOrError value target found
        elif RareForms.mayBeHostText value then
            let found = RareForms.hostText value target

            if found.Error.IsNone then
                found
            else
                undone TypeHint.Auto value target
        else
            undone TypeHint.Auto value target

    let private ofType (observable: ObservableType) (value: ReadOnlySpan<byte>) (target: Span<byte>) : Normalised =
        if not (value.ContainsAny anyMarks) then
            explain value (result observable (byType observable value target))
        else
            undone (TypeHint.Fixed observable) value target

    let private intoObservable (hint: TypeHint) (trimmed: ReadOnlySpan<byte>) (target: Span<byte>) : Normalised =
        // What stays of a browser's filter; verbatim text keeps its bars.
        let bare = withoutFilterMarks trimmed

        if bare.Length = 0 then
            fail (typeOf hint) NormaliseError.Empty
        elif trimmed.Length > MaxLength then
            fail (typeOf hint) NormaliseError.TooLong
        else
            match hint with
            | TypeHint.Auto -> ofNoType bare target
            | TypeHint.Fixed observable when isVerbatim observable ->
                explain trimmed (result observable (byType observable trimmed target))
            | TypeHint.Fixed observable -> ofType observable bare target

    /// Writes the canonical form of `value` to the start of `target`, which must have at least `bound value.Length` bytes.
    /// Any bytes are taken: the outcome is a typed value or an error, never an exception. Does not allocate.
    let into (hint: TypeHint) (value: ReadOnlySpan<byte>) (target: Span<byte>) : Normalised =
        let trimmed = Text.trim value

        match hint with
        | TypeHint.Fixed observable when ObservableType.isPattern observable ->
            result observable (PatternText.normalise trimmed target)
        | _ -> intoObservable hint trimmed target

    /// The friendly form of `into`, for one value at a time.
    let tryParse (hint: TypeHint) (value: string) : Result<Subject, NormaliseError> =
        let bytes = Encoding.UTF8.GetBytes value
        let target = Array.zeroCreate<byte>(bound bytes.Length)
        let found = into hint (ReadOnlySpan<byte> bytes) (Span<byte> target)

        if found.Error.IsNone then
            Ok
                {
                    Type = found.Type
                    Value = Encoding.UTF8.GetString(target, 0, found.Length)
                }
        else
            Error found.Error
