using Slipway.ModelSim;
using Slipway.ModelSim.Chat;
using Slipway.ModelSim.Embeddings;
using Slipway.ModelSim.Log;
using Slipway.ModelSim.Reranking;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Errors;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddSim();

var app = builder.Build();

app.UseErrorShape();
app.MapHealthEndpoints();
app.UseApiKey();
app.MapChatApi();
app.MapEmbeddingsApi();
app.MapRerankApi();
app.MapModelsApi();
app.MapLogApi();

app.Run();
