using System.Net;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Hub;

/// <summary>What the hub refuses, and what the user can do about it.</summary>
internal static class HubRefusal
{
    public static CommandFailedException Of(HubResponse response, string repository, bool hasToken)
    {
        HttpStatusCode status = response.Last.StatusCode;
        string? reason = response.Header("X-Error-Code");
        string token = hasToken
            ? "The token in HF_TOKEN does not open it"
            : "If it is private or gated, set HF_TOKEN to a token of an account that may read it";
        string sentence = reason switch
        {
            "RevisionNotFound" => $"{repository} has no such revision. Give a branch, tag or commit of it with --revision.",
            "EntryNotFound" => $"{repository} has no such file any more; try again.",
            "GatedRepo" => $"{repository} is gated: accept its terms on its page on the hub. {token}.",
            "DisabledRepo" => $"{repository} was disabled by the hub.",
            _ => status switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound =>
                    $"{repository} is not on the hub, or may not be read. Check the name, ORGANISATION/MODEL. {token}.",
                _ => $"The hub refuses {repository}: {(int)status} {response.Header("X-Error-Message") ?? response.Last.ReasonPhrase}.",
            },
        };
        return new CommandFailedException(ExitCode.BadInput, sentence);
    }
}
