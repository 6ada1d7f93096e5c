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

    // Services on which anybody may put something: paste sites, shares of files, hosts of code, of pages and of programs, messengers, shorteners of
    // addresses, names for machines at home. What lies there may be an indicator; the service itself is none. Short on purpose, too.
    let private services =
        NameTable.ofTexts
            [
                "pastebin.com paste.ee pastebin.pl ghostbin.co ghostbin.com rentry.co rentry.org hastebin.com toptal.com termbin.com dpaste.com"
                "dpaste.org controlc.com justpaste.it textbin.net privatebin.net paste.rs ideone.com pastetext.net write.as telegra.ph"
                "transfer.sh file.io gofile.io anonfiles.com bayfiles.com mega.nz mega.io mega.co.nz mediafire.com download.mediafire.com sendspace.com"
                "zippyshare.com wetransfer.com we.tl 4shared.com uploadfiles.io ufile.io filebin.net catbox.moe files.catbox.moe litter.catbox.moe"
                "pixeldrain.com oshi.at temp.sh tmpfiles.org dropmefiles.com send.exploit.in cdn.discordapp.com media.discordapp.net discordapp.com"
                "discord.com discord.gg discordapp.net dropbox.com dl.dropbox.com dl.dropboxusercontent.com dropboxusercontent.com api.dropboxapi.com"
                "content.dropboxapi.com box.com app.box.com onedrive.live.com 1drv.ms onedrive.com graph.microsoft.com api.onedrive.com sharepoint.com"
                "drive.google.com docs.google.com sites.google.com script.google.com forms.gle storage.googleapis.com firebasestorage.googleapis.com"
                "drive.usercontent.google.com storage.cloud.google.com googleusercontent.com translate.google.com feedproxy.google.com googleapis.com"
                "github.com gist.github.com raw.github.com api.github.com codeload.github.com raw.githubusercontent.com gist.githubusercontent.com"
                "objects.githubusercontent.com githubusercontent.com github.io gitlab.com gitlab.io bitbucket.org sourceforge.net codeberg.org gitee.com"
                "t.me telegram.me telegram.org api.telegram.org web.telegram.org api.slack.com slack.com hooks.slack.com notion.so api.notion.com"
                "trello.com evernote.com twitter.com x.com mobile.twitter.com facebook.com youtube.com instagram.com reddit.com old.reddit.com vk.com"
                "imgur.com i.imgur.com api.imgur.com postimg.cc ibb.co imgbb.com flickr.com steamcommunity.com archive.org medium.com tumblr.com"
                "ngrok.io ngrok.com ngrok-free.app ngrok.app trycloudflare.com workers.dev pages.dev r2.dev vercel.app netlify.app herokuapp.com"
                "glitch.me repl.co replit.com replit.dev render.com onrender.com surge.sh fly.dev azurewebsites.net azureedge.net cloudapp.net"
                "blob.core.windows.net web.core.windows.net trafficmanager.net amazonaws.com s3.amazonaws.com cloudfront.net execute-api.amazonaws.com"
                "appspot.com web.app firebaseapp.com firebaseio.com digitaloceanspaces.com backblazeb2.com supabase.co pipedream.net webhook.site"
                "requestbin.net beeceptor.com interact.sh oast.fun oast.live burpcollaborator.net ipfs.io dweb.link cloudflare-ipfs.com nftstorage.link"
                "weebly.com wixsite.com wix.com 000webhostapp.com 000webhost.com blogspot.com wordpress.com webflow.io square.site strikingly.com"
                "duckdns.org no-ip.com no-ip.org noip.com ddns.net hopto.org zapto.org sytes.net dyndns.org dynu.com afraid.org freedns.afraid.org"
                "serveo.net localhost.run portmap.io portmap.host playit.gg packetriot.com bit.ly bitly.com tinyurl.com cutt.ly is.gd rebrand.ly"
                "t.co goo.gl ow.ly shorturl.at rb.gy tiny.cc v.gd t.ly s.id linktr.ee lnkd.in"
                "dockerhub.com hub.docker.com docker.com"
            ]

    let private www = "www."B

    // The name without `www.`.
    let private bare (host: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        if host.StartsWith(ReadOnlySpan<byte> www) then
            host.Slice www.Length
        else
            host

    /// Whether a canonical host is a service on which anybody may put something.
    let isService (host: ReadOnlySpan<byte>) : bool = services.Contains(bare host)

    /// Whether a canonical host is one of them or a service, and no name below it.
    let isNamed (host: ReadOnlySpan<byte>) : bool =
        let host = bare host
        services.Contains host || hosts.Contains host

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
