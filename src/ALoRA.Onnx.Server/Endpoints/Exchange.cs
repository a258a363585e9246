using ALoRA.Onnx.Server.Access;
using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Metrics;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Server.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Endpoints;

/// <summary>One request with all that answers it; disposed when it is answered.</summary>
internal sealed class Exchange : IDisposable
{
    private readonly ModelLease _lease;

    private Exchange(HttpContext context, ModelLease lease)
    {
        Context = context;
        _lease = lease;
        Scope = new RequestScope(lease.Opened, Caller.Of(context));
        Time = context.RequestServices.GetRequiredService<TimeProvider>();
    }

    public HttpContext Context { get; }

    /// <summary>Who asks which model.</summary>
    public RequestScope Scope { get; }

    public TimeProvider Time { get; }

    public ServerOptions Options => Context.RequestServices.GetRequiredService<ServerOptions>();

    public RequestRecord Record => RequestRecord.Of(Context);

    /// <summary>Seconds since 1970.</summary>
    public long Created => Time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Takes a lease on the model.</summary>
    /// <exception cref="ApiError">503: it is not open.</exception>
    public static Exchange Begin(HttpContext context) =>
        new(context, context.RequestServices.GetRequiredService<ServedModel>().Lease());

    /// <summary>Does the work before anything is computed, on no thread that reads sockets.</summary>
    public async Task<T> PlanAsync<T>(Func<RequestScope, CancellationToken, T> plan)
    {
        await Context.RequestServices.GetRequiredService<IAdapterCatalog>().RefreshAsync(Context.RequestAborted).ConfigureAwait(false);
        return await Task.Run(() => plan(Scope, Context.RequestAborted), Context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Submits plans.</summary>
    public Task<AnswerSet> StartAsync(string operation, IReadOnlyList<AnswerPlan> plans)
    {
        Record.Describe(operation, Scope.Opened.Name, plans[0].Request.Adapter);
        if (Options.LogMessageText)
        {
            foreach (AnswerPlan plan in plans)
            {
                Record.LogText("prompt", Scope.Opened.Model.Tokenizer.Decode(plan.Request.Prompt.Ids.Span));
            }
        }

        IAnswerSource source = Context.RequestServices.GetRequiredService<IAnswerSource>();
        return AnswerSet.StartAsync(source, Scope.Opened, plans, Options.LogMessageText, Context.RequestAborted);
    }

    /// <summary>Answers as a stream of events; what fails within it ends it with an error object.</summary>
    public async Task StreamAsync(Func<EventStream, Task> answer, Func<EventStream, ApiError, ValueTask>? fail = null)
    {
        EventStream stream = new(Context, Time, Options.KeepAlive);
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                await answer(stream).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Whatever happens within a stream is told within it.
            catch (Exception exception) when (stream.IsBegun && !Context.RequestAborted.IsCancellationRequested)
#pragma warning restore CA1031
            {
                ApiError error = ApiError.Of(exception);
                if (error.Status == StatusCodes.Status500InternalServerError)
                {
                    Context.RequestServices.GetRequiredService<ILogger<Exchange>>()
                        .RequestFailed(Context.Request.Method, Context.Request.Path, exception);
                }

                if (fail is null)
                {
                    await stream.FailAsync(error).ConfigureAwait(false);
                }
                else
                {
                    await fail(stream, error).ConfigureAwait(false);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lease.Dispose();
}
