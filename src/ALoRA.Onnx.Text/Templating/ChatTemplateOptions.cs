using ALoRA.Onnx.Python;

namespace ALoRA.Onnx;

/// <summary>How a chat template is rendered. Immutable; may be shared between threads.</summary>
public sealed record ChatTemplateOptions
{
    /// <summary>The options that are used if none are given.</summary>
    public static ChatTemplateOptions Default { get; } = new();

    /// <summary>The local time that <c>strftime_now</c> formats. Default null: the present time of <see cref="TimeProvider"/>.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>The clock behind <c>strftime_now</c> where <see cref="Now"/> is null. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Maximum length of the rendered text and of a single value, in UTF-16 code units. Default 16,777,216.</summary>
    public int MaxLength { get; init; } = Budget.DefaultMaxLength;

    /// <summary>
    /// Maximum number of steps of one rendering. Each evaluated expression, each produced element and every four produced characters cost
    /// one. Variables add to the limit: 16 for each character and 64 for each value. Default 20,000,000.
    /// </summary>
    public long MaxSteps { get; init; } = Budget.DefaultMaxSteps;

    /// <summary>Maximum depth of nested calls of macros, call blocks and recursive loops. Default 256.</summary>
    public int MaxDepth { get; init; } = 256;
}
