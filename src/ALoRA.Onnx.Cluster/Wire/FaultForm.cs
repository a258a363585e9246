using ALoRA.Onnx.Server.Errors;

namespace ALoRA.Onnx.Cluster.Wire;

/// <summary>A failure on its way to the server that has the client.</summary>
[GenerateSerializer]
[Alias("alora.fault")]
internal sealed record FaultForm
{
    [Id(0)]
    public int Status { get; init; }

    [Id(1)]
    public string Message { get; init; } = "";

    [Id(2)]
    public string? Code { get; init; }

    [Id(3)]
    public string? Param { get; init; }

    [Id(4)]
    public TimeSpan? RetryAfter { get; init; }

    [Id(5)]
    public string Type { get; init; } = ApiError.ServerError;

    public static FaultForm Of(Exception exception)
    {
        ApiError error = ApiError.Of(exception);
        return new FaultForm
        {
            Status = error.Status,
            Type = error.Type,
            Message = error.Message,
            Code = error.Code,
            Param = error.Param,
            RetryAfter = error.RetryAfter,
        };
    }

    /// <summary>The failure as its client reads it.</summary>
    public ApiError Read() => ApiError.From(Status, Type, Message, Code, Param, RetryAfter);
}
