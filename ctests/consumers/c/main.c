#include "life.h"

int main(void)
{
    return live("consumer-c");
}
