// Who may see and change what of a server. Knows no token and no request: who somebody is has been found out before.
namespace Cti.Core

open System

/// What a user of a server may do.
type AccessRights =
    {
        /// The strictest marking that reaches the user.
        MaxTlp: Tlp
        /// Which sinks the user may read: `PIPELINE/SINK`, where `*` stands for anything.
        Read: string list
        /// To which collections the user may add objects; the same form.
        Write: string list
    }

[<RequireQualifiedAccess>]
module AccessRights =
    /// Of somebody whom nobody has asked who they are: what is public.
    let anonymous =
        {
            MaxTlp = Tlp.Clear
            Read = [ "*" ]
            Write = []
        }

    // Whether the parts of a pattern, between its `*`, stand in the text one behind the other, the first at its start and the last at its end.
    let private fits (pattern: string) (text: string) : bool =
        match pattern.Split '*' |> List.ofArray with
        | [] -> false
        | [ whole ] -> text = whole
        | first :: _ when not (text.StartsWith(first, StringComparison.Ordinal)) -> false
        | first :: others ->
            let last = List.last others
            let inner = List.take (others.Length - 1) others

            let reached =
                (first.Length, inner)
                ||> List.fold (fun at part ->
                    if at < 0 then
                        -1
                    else
                        match text.IndexOf(part, at, StringComparison.Ordinal) with
                        | -1 -> -1
                        | found -> found + part.Length)

            reached >= 0
            && text.Length - last.Length >= reached
            && text.EndsWith(last, StringComparison.Ordinal)

    /// Whether a sink may be read, `PIPELINE/SINK`.
    let mayRead (rights: AccessRights) (sink: string) : bool =
        List.exists (fun pattern -> fits pattern sink) rights.Read

    /// Whether objects may be added to a collection and deleted there.
    let mayWrite (rights: AccessRights) (sink: string) : bool =
        List.exists (fun pattern -> fits pattern sink) rights.Write

    /// Whether a whole that is marked so may reach the user.
    let maySee (rights: AccessRights) (tlp: Tlp) : bool = Tlp.code tlp <= Tlp.code rights.MaxTlp

    /// Whether a pattern can be one: it names a pipeline and a sink, or stands for all.
    let isPattern (pattern: string) : bool =
        pattern = "*"
        || (let at = pattern.IndexOf('/', StringComparison.Ordinal)

            at > 0
            && at < pattern.Length - 1
            && pattern.LastIndexOf('/') = at
            && Seq.forall
                (fun letter ->
                    Char.IsAsciiLetterLower letter
                    || Char.IsAsciiDigit letter
                    || letter = '-'
                    || letter = '_'
                    || letter = '/'
                    || letter = '*')
                pattern)
