// How a connection to another machine is made, as declared: what sources and sinks have in common.
namespace Cti.Core.Declare

open System

type BasicCredentials = { User: Template; Password: Template }

/// PEM files, relative to the pipeline's file.
type ClientCertificate =
    {
        Certificate: Template
        Key: Template
        /// Of an encrypted key.
        Password: Template option
    }

/// What a TLS connection trusts and shows.
type TlsSettings =
    {
        ClientCertificate: ClientCertificate option
        /// PEM file of the authorities that are trusted instead of the machine's.
        Authorities: Template option
    }

[<RequireQualifiedAccess>]
type ProxyRule =
    /// What HTTPS_PROXY, HTTP_PROXY and NO_PROXY say.
    | Environment
    /// Never one.
    | Direct
    | Address of Template

/// How a web server is reached, and who asks it.
type HttpConnection =
    {
        Headers: (string * Template) list
        Basic: BasicCredentials option
        Tls: TlsSettings
        Proxy: ProxyRule
        ConnectTimeout: TimeSpan
    }
