// How a connection is written in YAML: headers, credentials, certificates, proxies, batches. The same keys wherever something is fetched or sent.
namespace Cti.Core.Declare

open System

[<RequireQualifiedAccess>]
module internal ConnectionDecoder =
    let private template = Decode.template Literal.template
    let private path = Decode.pathTemplate

    let credentials: Decoder<BasicCredentials> =
        Decode.block (
            block {
                let! user = Field.required "user" "the user's name" template

                and! password =
                    Field.required "password" "a reference such as ${env:FEED_PASSWORD}" template

                return { User = user; Password = password }
            }
        )

    let private clientCertificate: Decoder<ClientCertificate> =
        Decode.block (
            block {
                let! certificate =
                    Field.required "certificate" "PEM file of the certificate and its chain" path

                and! key = Field.required "key" "PEM file of the private key" path
                and! password = Field.optional "password" "of an encrypted key" template

                return
                    {
                        Certificate = certificate
                        Key = key
                        Password = password
                    }
            }
        )

    /// `client_certificate`, `ca`.
    let tls: Fields<TlsSettings> =
        block {
            let! certificate =
                Field.optional "client_certificate" "the certificate this client shows" clientCertificate

            and! authorities =
                Field.optional "ca" "PEM file of the authorities to trust instead of this machine's" path

            return
                {
                    ClientCertificate = certificate
                    Authorities = authorities
                }
        }

    /// A key for a time that must not be endless.
    let limit (key: string) (doc: string) (most: TimeSpan) (usual: TimeSpan) : Fields<TimeSpan> =
        Field.defaulted
            key
            $"%s{doc}; at most %s{Literal.duration.Print most}"
            (OriginWords.upTo most "a timeout of")
            usual

    let connectTimeout =
        limit "connect_timeout" "to connect" (TimeSpan.FromHours 1.0) (TimeSpan.FromSeconds 15.0)

    /// Of what sends, and so goes nowhere else.
    let maxRedirects: Fields<int> =
        Field.defaulted
            "max_redirects"
            "how many are followed, within the same server"
            (Literal.int "max_redirects" 0 20)
            5

    let private faults (connection: HttpConnection) =
        let names (header: string) =
            connection.Headers
            |> List.exists (fun (name, _) -> name.Equals(header, StringComparison.OrdinalIgnoreCase))

        [
            if connection.Basic.IsSome && names "authorization" then
                [ Step.Key "basic" ],
                Fault.Conflict("`basic` and an Authorization header say two things", "keep one of the two")
        ]

    /// Of a client of web servers.
    let fields: Fields<HttpConnection> =
        block {
            let! headers =
                Field.optional "headers" "headers of the request" (Decode.mapping OriginWords.headerName template)

            and! basic =
                Field.optional "basic" "user and password of HTTP Basic authentication" credentials

            and! tls = tls

            and! proxy =
                Field.defaulted
                    "proxy"
                    "environment follows HTTPS_PROXY and NO_PROXY; none; or a URL"
                    OriginWords.proxy
                    ProxyRule.Environment

            and! connect = connectTimeout

            return
                {
                    Headers = Option.defaultValue [] headers
                    Basic = basic
                    Tls = tls
                    Proxy = proxy
                    ConnectTimeout = connect
                }
        }
        |> Field.check faults

    /// What a program is started with: `run`, `environment`.
    let program: Fields<Template list * (string * Template) list> =
        block {
            let! run =
                Field.required
                    "run"
                    "the program and its arguments; no shell reads them"
                    (Decode.nonEmpty "run" (Decode.template Literal.pathTemplate))

            and! environment =
                Field.optional
                    "environment"
                    "variables of the program, beside PATH, HOME, LANG, TZ and TMPDIR"
                    (Decode.mapping OriginWords.variableName template)

            return run, Option.defaultValue [] environment
        }
