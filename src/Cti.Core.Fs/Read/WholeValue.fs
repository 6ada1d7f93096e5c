// Whether a text looks like one whole value of a type: what decides if a condition can be told as an observable, before anything is normalised.
// Cheap and only by form: the rules of the types judge later. Knows no format.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal WholeValue =
    let private isHex (letter: char) = Char.IsAsciiHexDigit letter

    /// The hash function whose sums are as long as this one; none for what is no sum.
    let hash (text: string) : ObservableType voption =
        if not (text |> Seq.forall isHex) then
            ValueNone
        else
            match text.Length with
            | 32 -> ValueSome ObservableType.Md5
            | 40 -> ValueSome ObservableType.Sha1
            | 64 -> ValueSome ObservableType.Sha256
            | 128 -> ValueSome ObservableType.Sha512
            | _ -> ValueNone

    let private isOctet (text: string) =
        text.Length >= 1
        && text.Length <= 3
        && text |> Seq.forall Char.IsAsciiDigit
        && Int32.Parse text <= 255

    /// Four numbers and dots, or hexadecimal digits and colons; with `/`, a network.
    let address (text: string) : ObservableType voption =
        let host, isNetwork =
            match text.IndexOf '/' with
            | -1 -> text, false
            | at -> text.Substring(0, at), true

        let parts = host.Split '.'

        if parts.Length = 4 && Array.forall isOctet parts then
            ValueSome(
                if isNetwork then
                    ObservableType.Cidr
                else
                    ObservableType.Ipv4
            )
        elif
            host.Contains ':'
            && host |> Seq.forall (fun letter -> isHex letter || letter = ':' || letter = '.')
            && (host |> Seq.filter (fun letter -> letter = ':') |> Seq.length) >= 2
        then
            ValueSome(
                if isNetwork then
                    ObservableType.Cidr
                else
                    ObservableType.Ipv6
            )
        else
            ValueNone

    /// Two labels at least, the last one of letters.
    let isDomain (text: string) : bool =
        let labels = text.Split '.'

        let isLabel (label: string) =
            label.Length >= 1
            && label.Length <= 63
            && label
               |> Seq.forall (fun letter -> Char.IsLetterOrDigit letter || letter = '-' || letter = '_')

        let isTop (label: string) =
            label.Length >= 2
            && (label |> Seq.forall Char.IsLetter
                || label.StartsWith("xn--", StringComparison.OrdinalIgnoreCase))

        text.Length <= 253
        && labels.Length >= 2
        && Array.forall isLabel labels
        && isTop labels[labels.Length - 1]

    /// A scheme and something behind it.
    let isUrl (text: string) : bool =
        let at = text.IndexOf("://", StringComparison.Ordinal)

        at >= 2
        && at + 3 < text.Length
        && text.AsSpan(0, at).IndexOfAnyExceptInRange('0', 'z') < 0
        && not (text.Contains ' ')

    let isEmail (text: string) : bool =
        let at = text.LastIndexOf '@'
        at >= 1 && not (text.Contains ' ') && isDomain (text.Substring(at + 1))

    /// A path from a drive, a share, the root or an environment's folder on.
    let isAbsolutePath (text: string) : bool =
        (text.Length >= 3
         && Char.IsAsciiLetter text[0]
         && text[1] = ':'
         && (text[2] = '\\' || text[2] = '/'))
        || text.StartsWith("\\\\", StringComparison.Ordinal)
        || text.StartsWith '/'
        || (text.StartsWith '%' && text.IndexOf('%', 1) > 1)

    let private hives = [ "HKEY_"; "HKLM\\"; "HKCU\\"; "HKCR\\"; "HKU\\"; "HKCC\\" ]

    /// A key of the registry from its hive on.
    let isRegistryKey (text: string) : bool =
        hives
        |> List.exists (fun hive -> text.StartsWith(hive, StringComparison.OrdinalIgnoreCase))
