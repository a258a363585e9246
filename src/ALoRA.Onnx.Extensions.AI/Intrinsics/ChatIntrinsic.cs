namespace ALoRA.Onnx.Extensions.AI;

/// <summary>
/// An intrinsic that a chat client asks with every request, for
/// <see cref="Microsoft.Extensions.AI.AloraChatClientBuilderExtensions.UseIntrinsic{T}"/>.
/// </summary>
/// <typeparam name="T">What it answers.</typeparam>
public sealed record ChatIntrinsic<T>
    where T : notnull
{
    private readonly string? _key;

    /// <summary>Its name, which is that of the result as well.</summary>
    public required string Name { get; init; }

    /// <summary>Asks it about a chat.</summary>
    public required Func<ChatContext, CancellationToken, Task<T>> Invoke { get; init; }

    /// <summary>When it is asked. The default value is <see cref="ChatIntrinsicStage.AfterAnswer"/>.</summary>
    public ChatIntrinsicStage Stage { get; init; }

    /// <summary>
    /// What to answer in place of the model; null to let it answer. Only read for <see cref="ChatIntrinsicStage.BeforeAnswer"/>.
    /// The default, null, lets it answer always.
    /// </summary>
    public Func<T, string?>? Refuse { get; init; }

    /// <summary>
    /// Key of the result in <c>AdditionalProperties</c>.
    /// The default value is <see cref="AloraChatKeys.IntrinsicPrefix"/> and <see cref="Name"/>.
    /// </summary>
    public string Key
    {
        get => _key ?? AloraChatKeys.IntrinsicPrefix + Name;
        init => _key = value;
    }
}
