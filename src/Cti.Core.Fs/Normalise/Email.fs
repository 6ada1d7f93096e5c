// E-mail addresses: a dot-atom (RFC 5322 §3.2.3), an at sign, a host name. No comments, no quoted strings, no address literals.
namespace Cti.Core

open System
open System.Buffers

[<RequireQualifiedAccess>]
module internal Email =
    let private atext =
        SearchValues.Create(
            ReadOnlySpan<byte> "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~."B
        )

    let private twoDots = ".."B

    /// The longest address in octets (RFC 5321 §4.5.3.1.3 with erratum 1690).
    let maxLength = 254

    let private isLocalPart (value: ReadOnlySpan<byte>) : bool =
        value.Length >= 1
        && value.Length <= 64
        && value[0] <> '.'B
        && value[value.Length - 1] <> '.'B
        && value.IndexOfAnyExcept atext < 0
        && value.IndexOf(ReadOnlySpan<byte> twoDots) < 0

    /// Writes the local part as it is and the domain in its canonical form.
    let normalise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let at = value.LastIndexOf '@'B

        if at < 0 then
            Written.fail NormaliseError.EmailMalformed
        elif not (isLocalPart (value.Slice(0, at))) then
            Written.fail NormaliseError.EmailLocalPart
        elif at + 1 = value.Length || value[at + 1] = '['B then
            Written.fail NormaliseError.EmailMalformed
        else
            value.Slice(0, at + 1).CopyTo target
            let domain = DomainName.normalise (value.Slice(at + 1)) (target.Slice(at + 1))

            if not (Written.isOk domain) then
                domain
            elif at + 1 + domain.Length > maxLength then
                Written.fail NormaliseError.DomainTooLong
            else
                Written.ok (at + 1 + domain.Length)
