namespace ALoRA.Onnx.Extensions.AI;

/// <summary>placeholder</summary>
public static class ChatResponseExtensions
{
    /// <summary>x</summary>
    public static Certainty? GetCertainty(this Microsoft.Extensions.AI.ChatResponse response) => null;
    /// <summary>x</summary>
    public static T? GetIntrinsic<T>(this Microsoft.Extensions.AI.ChatResponse response, string name) => default;
}
