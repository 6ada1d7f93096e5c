// Hosts that reports name because they cite them: news, vendors, laboratories, registries of samples, social networks, developers' sites. A link to
// one of them is context unless it was written so that nobody clicks on it. Our own list; short on purpose.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal KnownHosts =
    let private hosts =
        NameTable.ofTexts
            [
                "twitter.com x.com t.co linkedin.com facebook.com instagram.com youtube.com youtu.be twitch.tv discord.gg discord.com patreon.com"
                "reddit.com medium.com mastodon.social infosec.exchange bsky.app wikipedia.org wikimedia.org archive.org archive.ph"
                "github.com github.io githubusercontent.com gitlab.com bitbucket.org stackoverflow.com stackexchange.com"
                "docs.rs readthedocs.io google.com googleapis.com goo.gl microsoft.com msdn.com windows.com live.com office.com azure.com"
                "apple.com mozilla.org cloudflare.com amazon.com amazonaws.com ibm.com oracle.com adobe.com w3.org schema.org ietf.org iana.org"
                "rfc-editor.org creativecommons.org gnu.org apache.org kernel.org debian.org python.org jquery.com jsdelivr.net gravatar.com"
                "virustotal.com hybrid-analysis.com any.run tria.ge joesandbox.com malshare.com abuse.ch malpedia.caad.fkie.fraunhofer.de"
                "unpac.me intezer.com urlscan.io shodan.io censys.io passivetotal.org riskiq.net otx.alienvault.com misp-project.org"
                "threatfox.abuse.ch vx-underground.org exploit-db.com mitre.org nist.gov cisa.gov cve.org first.org us-cert.gov ic3.gov fbi.gov"
                "europa.eu ncsc.gov.uk cert.pl cert.gov.ua ssi.gouv.fr bsi.bund.de jpcert.or.jp kisa.or.kr oasis-open.org oasis-open.github.io"
                "welivesecurity.com eset.com kaspersky.com securelist.com paloaltonetworks.com trendmicro.com mandiant.com fireeye.com"
                "crowdstrike.com sentinelone.com sentinellabs.com talosintelligence.com cisco.com checkpoint.com proofpoint.com zscaler.com"
                "sophos.com symantec.com broadcom.com mcafee.com trellix.com malwarebytes.com bitdefender.com avast.com avast.io f-secure.com"
                "withsecure.com group-ib.com recordedfuture.com secureworks.com rapid7.com elastic.co splunk.com volexity.com esentire.com"
                "huntress.com redcanary.com thedfirreport.com sekoia.io cyble.com cybereason.com fortinet.com fortiguard.com netskope.com akamai.com"
                "sucuri.net wordfence.com morphisec.com deepinstinct.com trustwave.com lookout.com zimperium.com threatfabric.com cleafy.com"
                "prodaft.com dragos.com claroty.com nozominetworks.com ahnlab.com antiy.com qianxin.com 360.com rising.com.cn nao-sec.org"
                "emergingthreats.net malware-traffic-analysis.net bleepingcomputer.com thehackernews.com krebsonsecurity.com"
                "zdnet.com arstechnica.com wired.com theregister.com therecord.media darkreading.com securityweek.com cyberscoop.com techcrunch.com"
                "vice.com reuters.com bbc.co.uk bbc.com nytimes.com washingtonpost.com theguardian.com forbes.com cnn.com amnesty.org"
                "citizenlab.ca hrw.org eff.org accessnow.org forbiddenstories.org rsf.org blackhat.com defcon.org virusbulletin.com"
                "openanalysis.net shields.io imgur.com hex-rays.com cobaltstrike.com kali.org metasploit.com hackerone.com ghost.io wordpress.com"
                "blogspot.com tweetfeed.live feedburner.com telegram.org whatsapp.com signal.org torproject.org gmail.com outlook.com yahoo.com"
                "protonmail.com devpost.com stripe.com paypal.com dropbox.com slack.com zoom.us notion.so docs.google.com speakerdeck.com"
                "slideshare.net scribd.com arxiv.org acm.org ieee.org springer.com usps.com"
            ]

    /// Whether a canonical host, or a domain above it, is one of them.
    let contains (host: ReadOnlySpan<byte>) : bool =
        let mutable rest = host
        let mutable found = false
        let mutable more = true

        while more do
            if hosts.Contains rest then
                found <- true
                more <- false
            else
                let dot = rest.IndexOf '.'B

                if dot < 0 then
                    more <- false
                else
                    rest <- rest.Slice(dot + 1)

        found
