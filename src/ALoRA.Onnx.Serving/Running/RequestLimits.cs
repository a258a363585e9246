using ALoRA.Onnx.Serving.Requests;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>Which requests are not to go on.</summary>
internal static class RequestLimits
{
    /// <summary>Why a request ends; null for one that goes on. One whose reader has caught up rests no more.</summary>
    public static Exception? EndOf(LiveRequest request, EngineOptions options)
    {
        if (request.Cancellation.IsCancellationRequested)
        {
            return new OperationCanceledException(request.Cancellation);
        }

        if (request.Reused is null && request.Age > options.MaxQueueTime)
        {
            return new AloraBusyException(
                $"The request waited {options.MaxQueueTime} for its turn, and may not wait longer ({nameof(EngineOptions)}."
                + $"{nameof(EngineOptions.MaxQueueTime)}). Send it again later, or raise the limit.")
            {
                MaxQueueTime = options.MaxQueueTime,
            };
        }

        if (request.RestsSince is not long since)
        {
            return null;
        }

        if (request.Unread <= options.MaxUnreadTokens / 2)
        {
            request.RestsSince = null;
            return null;
        }

        return options.TimeProvider.GetElapsedTime(since) <= options.MaxReaderDelay
            ? null
            : new TimeoutException(
                $"{request.Unread} tokens wait for a reader who took none for {options.MaxReaderDelay}. Read faster, or raise "
                + $"{nameof(EngineOptions)}.{nameof(EngineOptions.MaxReaderDelay)}.");
    }
}
