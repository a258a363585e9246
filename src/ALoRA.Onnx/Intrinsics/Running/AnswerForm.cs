using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Intrinsics.Running;

/// <summary>How the adapter's answer is generated: the request's parameters, and the form that the answer must have.</summary>
internal static class AnswerForm
{
    /// <exception cref="IntrinsicFormatException">A parameter is malformed or not supported.</exception>
    public static GenerationOptions Of(Intrinsic intrinsic, JsonObject request)
    {
        GenerationOptions options = RequestParameters.Read(request);
        AdapterIntrinsic? settings = intrinsic.Definition is null ? intrinsic.Adapter.Manifest.Intrinsic : null;
        return options with { MaxNewTokens = options.MaxNewTokens ?? settings?.MaxNewTokens };
    }
}
