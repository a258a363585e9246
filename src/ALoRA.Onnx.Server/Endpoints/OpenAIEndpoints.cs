using Microsoft.AspNetCore.Routing;

namespace ALoRA.Onnx.Server.Endpoints;

/// <summary>The endpoints that clients of OpenAI and vLLM call.</summary>
internal static class OpenAIEndpoints
{
    /// <summary>Adds them to a server, whose services have <see cref="ServerOptions"/> and <see cref="Models.ServedModel"/>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
    }
}
