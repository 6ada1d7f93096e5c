// The single values of `from`: URLs, header names, media types, names of environment variables, bounded times.
namespace Cti.Core.Declare

open System

[<RequireQualifiedAccess>]
module internal OriginWords =
    // RFC 9110, section 5.6.2: the characters of a token.
    let private isTokenCharacter (character: char) =
        Char.IsAsciiLetterOrDigit character || "!#$%&'*+-.^_`|~".Contains character

    let private isToken (text: string) =
        text.Length > 0 && text.Length <= 128 && text |> Seq.forall isTokenCharacter

    // What the client sets itself: two words on one thing would contradict each other.
    let private ownHeaders =
        [
            "accept-encoding"
            "connection"
            "content-length"
            "expect"
            "host"
            "if-modified-since"
            "if-none-match"
            "proxy-authorization"
            "te"
            "trailer"
            "transfer-encoding"
            "upgrade"
        ]

    /// Name of a request header that a pipeline may set.
    let headerName: Literal<string> =
        let parse (text: string) =
            if not (isToken text) then
                Error(Fault.Malformed("the name of a header", text, "`Auth-Key`"))
            elif List.contains (text.ToLowerInvariant()) ownHeaders then
                Error(Fault.Conflict($"the header `%s{text}` is set by cti itself", $"remove `%s{text}`"))
            else
                Ok text

        Literal.pattern "header name" "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" parse id

    /// Name of an environment variable.
    let variableName: Literal<string> =
        let parse (text: string) =
            match Template.tryParse ("${env:" + text + "}") with
            | Ok _ when not (text.Contains '}') -> Ok text
            | _ -> Error(Fault.Malformed("the name of an environment variable", text, "`LANG`"))

        Literal.pattern "variable name" "^[A-Za-z_][A-Za-z0-9_]*$" parse id

    /// `text/csv`, `text/*`; in lower case, without parameters.
    let mediaType: Literal<string> =
        let parse (text: string) =
            match text.Split '/' with
            | [| kind; form |] when isToken kind && isToken form && text = text.ToLowerInvariant() -> Ok text
            | _ -> Error(Fault.Malformed("a media type", text, "`text/csv` or `text/*`"))

        Literal.pattern "media type" "^[^/ A-Z]+/[^/ A-Z]+$" parse id

    // Whether a URL may name a user and a password: a proxy has no other place for them.
    [<Struct; RequireQualifiedAccess>]
    type private UserInfo =
        | Allowed
        | Refused

    /// An absolute URL of one of the schemes. What stands before a reference is judged now, the rest when it is resolved.
    let private urlOf (what: string) (schemes: string list) (userInfo: UserInfo) (example: string) : Literal<Template> =
        let malformed (text: string) =
            Error(Fault.Malformed(what, text, example))

        let hasScheme (text: string) =
            schemes
            |> List.exists (fun scheme -> text.StartsWith(scheme + "://", StringComparison.OrdinalIgnoreCase))

        let check (template: Template) =
            let text = template.ToString()

            if template.HasReferences && text.StartsWith("${", StringComparison.Ordinal) then
                Ok template
            elif not (hasScheme text) then
                malformed text
            elif template.HasReferences then
                Ok template
            else
                match Uri.TryCreate(text, UriKind.Absolute) with
                | true, (NonNull uri) when uri.UserInfo <> "" && userInfo = UserInfo.Refused ->
                    Error(
                        Fault.Conflict(
                            "a URL with a name and password in it",
                            "give them by keys of their own, `user` and `password`"
                        )
                    )
                | true, (NonNull uri) when uri.Host <> "" -> Ok template
                | _ -> malformed text

        Literal.template |> Literal.refine check

    let url =
        urlOf "a URL of http or https" [ "https"; "http" ] UserInfo.Refused "`https://feeds.example/list.csv`"

    let brokerUrl =
        urlOf "a broker's URL" [ "amqps"; "amqp" ] UserInfo.Refused "`amqps://broker.example/vhost`"

    let private proxyUrl =
        urlOf "a proxy's URL" [ "http"; "https"; "socks5" ] UserInfo.Allowed "`http://proxy.example:3128`"

    /// `environment`, `none` or a URL.
    let proxy: Literal<ProxyRule> =
        let parse (text: string) =
            match text with
            | "environment" -> Ok ProxyRule.Environment
            | "none" -> Ok ProxyRule.Direct
            | address -> proxyUrl.Parse address |> Result.map ProxyRule.Address

        let print (rule: ProxyRule) =
            match rule with
            | ProxyRule.Environment -> "environment"
            | ProxyRule.Direct -> "none"
            | ProxyRule.Address address -> address.ToString()

        Literal.pattern "proxy" "" parse print

    /// A duration from 1 ms to `most`.
    let upTo (most: TimeSpan) (what: string) : Literal<TimeSpan> =
        Literal.duration
        |> Literal.refine (fun value ->
            if value > TimeSpan.Zero && value <= most then
                Ok value
            else
                Error(Fault.OutOfRange(what, Literal.duration.Print value, $"1ms to %s{Literal.duration.Print most}")))

    /// 1 B to 1,000 GB.
    let maxBytes: Literal<int64> =
        Literal.size
        |> Literal.refine (fun value ->
            if value > 0L then
                Ok value
            else
                Error(Fault.OutOfRange("max_bytes of", Literal.size.Print value, "1B or more")))
